package router

import (
	"errors"
	"fmt"
	"time"
)

// Config is what an operator may set; queues and agents are settings, not configuration.
type Config struct {
	// Shard names this firm's keys in Redis; two installations that share a Redis have one each.
	Shard Shard `yaml:"shard"`
	// Again is how long an agent who declined or missed an offer is not offered the same work.
	Again time.Duration `yaml:"again"`
	// Forget is how long others who could take it are tried before that agent.
	Forget time.Duration `yaml:"forget"`
	// Misses is how many offers in a row an agent may miss before being set to "not responding".
	Misses int `yaml:"misses"`
	// Grace is how long an accepted offer waits for the desk's record before it returns to waiting.
	Grace time.Duration `yaml:"grace"`
	// Sweep is how often Redis and memory are compared with the record.
	Sweep time.Duration `yaml:"sweep"`
	// Probe is how often the leader asks whether Redis is there and still its own.
	Probe time.Duration `yaml:"probe"`
	// Retry is the pause before something that failed is tried again.
	Retry time.Duration `yaml:"retry"`
}

// Default is the configuration without a file.
func Default() Config {
	return Config{
		Shard: DefaultShard,
		Again: time.Minute, Forget: 10 * time.Minute, Misses: 2, Grace: 10 * time.Second, Sweep: 30 * time.Second,
		Probe: time.Second, Retry: 250 * time.Millisecond,
	}
}

// Validate names the first key that makes no sense, and what is allowed.
func (c Config) Validate() error {
	for _, d := range []struct {
		key  string
		have time.Duration
	}{
		{"again", c.Again}, {"forget", c.Forget}, {"grace", c.Grace}, {"sweep", c.Sweep}, {"probe", c.Probe}, {"retry", c.Retry},
	} {
		if d.have <= 0 {
			return fmt.Errorf("router.%s: must be a duration over 0, as 30s", d.key)
		}
	}
	if !shardName.MatchString(string(c.Shard)) {
		return errors.New("router.shard: must be 1 to 32 of a-z, 0-9, - and _")
	}
	if c.Forget < c.Again {
		return errors.New("router.forget: must not be shorter than router.again")
	}
	if c.Misses < 1 {
		return errors.New("router.misses: must be 1 or more")
	}
	return nil
}
