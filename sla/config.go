package sla

import (
	"fmt"
	"time"
)

// Config is how the ticker runs. Policies and calendars are settings and live in the record.
type Config struct {
	// Every is the longest sleep between two looks at the record; it bounds how late a notice can be.
	Every time.Duration `yaml:"every" json:"every"`
	// Batch is how many clocks are read at once.
	Batch int `yaml:"batch" json:"batch"`
	// Parallel is how many notices are written at once, in units of 64 that share commits.
	Parallel int `yaml:"parallel" json:"parallel"`
}

// Default is a look each second, 1,000 clocks at once, 256 of them in flight.
func Default() Config { return Config{Every: time.Second, Batch: 1000, Parallel: 256} }

// Validate names the key that is wrong and what is allowed.
func (c Config) Validate() error {
	switch {
	case c.Every < 10*time.Millisecond || c.Every > time.Minute:
		return fmt.Errorf("every: %s is not from 10ms to 1m", c.Every)
	case c.Batch < 1 || c.Batch > 10_000:
		return fmt.Errorf("batch: %d is not from 1 to 10000", c.Batch)
	case c.Parallel < 1 || c.Parallel > 1024:
		return fmt.Errorf("parallel: %d is not from 1 to 1024", c.Parallel)
	}
	return nil
}
