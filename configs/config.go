package configs

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"yingda/agents"
	"yingda/channels/chat"
	"yingda/channels/email"
	"yingda/channels/notify"
	"yingda/channels/webhook"
	"yingda/router"
	"yingda/sla"
	"yingda/store"
	"yingda/webui"
)

// Config is everything a node needs to know before it opens its record.
type Config struct {
	// Listen is the address of console, API, widget and hooks: host:port.
	Listen string `yaml:"listen"`
	// PublicURL is how browsers and exchanges reach Listen, for links, origins and signatures: https://desk.example.com.
	PublicURL string `yaml:"public_url"`
	// Drain is how long open requests and sends may finish after a stop was asked.
	Drain time.Duration `yaml:"drain"`
	// Log says how much is written to standard error.
	Log Log `yaml:"log"`
	// Redis is the routing index.
	Redis Redis `yaml:"redis"`
	// Store is where the record is kept.
	Store store.Config `yaml:"store"`
	// SLA tunes the ticker that announces warnings and breaches.
	SLA sla.Config `yaml:"sla"`
	// Router tunes offers and the sweeper; queues and agents are settings.
	Router router.Config `yaml:"router"`
	// Agents tunes sign-in, sessions and presence.
	Agents agents.Config `yaml:"agents"`
	// Web tunes console and API.
	Web webui.Config `yaml:"web"`
	// Chat tunes the widget.
	Chat chat.Config `yaml:"chat"`
	// SMTPIn takes mail that is pushed to us; off by default.
	SMTPIn email.InConfig `yaml:"smtp_in"`
	// Notices says who sends mails to agents and supervisors when a promise is late.
	Notices notify.Config `yaml:"notices"`
	// Webhooks says what of our own network webhooks may reach; what they tell is a setting.
	Webhooks webhook.Config `yaml:"webhooks"`
	// Seed are settings documents (inboxes, queues, people, …) for a record that does not have them yet. Each is
	// imported once, by kind and id, when serve starts; what is changed or deleted in the console later stays so.
	Seed []Seed `yaml:"seed"`
}

// Log says what is logged.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is text or json.
	Format string `yaml:"format"`
}

// Redis says where the routing index is.
type Redis struct {
	// Addresses are the servers, host:port; empty: the embedded one, which is right for one node. Several with Master
	// set are Sentinels, several without are a cluster.
	Addresses []string `yaml:"addresses"`
	// Master is the name by which the Sentinels know the primary.
	Master string `yaml:"master"`
	// Username signs in to Redis; empty: the default user.
	Username string `yaml:"username"`
	// Password signs in to Redis. Keep it in the environment: YINGDA_REDIS__PASSWORD.
	Password string `yaml:"password" json:"-"`
	// SentinelUsername signs in to the Sentinels themselves, where they ask for it.
	SentinelUsername string `yaml:"sentinel_username"`
	// SentinelPassword signs in to the Sentinels themselves, where they ask for it.
	SentinelPassword string `yaml:"sentinel_password" json:"-"`
	// Database is the number of the logical database; always 0 in a cluster.
	Database int `yaml:"database"`
	// TLS turns it on, for Redis and Sentinels alike.
	TLS bool `yaml:"tls"`
}

// Default is a node on a laptop: SQLite in ./data, the embedded Redis, loopback only.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080", PublicURL: "http://127.0.0.1:8080", Drain: 20 * time.Second,
		Log: Log{Level: "info", Format: "text"}, Store: store.Default(), SLA: sla.Default(),
		Router: router.Default(), Agents: agents.Default(), Web: webui.Default(), Chat: chat.Default(), SMTPIn: email.DefaultIn(), Notices: notify.Default(), Webhooks: webhook.Default(),
	}
}

// Validate says for each section which key makes no sense, by its whole path, and what is allowed.
func (c Config) Validate() error {
	return errors.Join(c.validate(), c.Log.validate(), c.Redis.validate(), c.Store.Validate(), under("sla", c.SLA.Validate()),
		c.Router.Validate(), under("agents", c.Agents.Validate()), under("web", c.Web.Validate()), c.Chat.Validate(), under("smtp_in", c.SMTPIn.Validate()),
		under("notices", c.Notices.Validate()), under("webhooks", c.Webhooks.Validate()), validateSeeds(c.Seed))
}

func (c Config) validate() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen: %q: want host:port", c.Listen)
	}
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("public_url: %q: want http:// or https:// and a host", c.PublicURL)
	}
	if c.Drain < 0 || c.Drain > 10*time.Minute {
		return fmt.Errorf("drain: %s: want 0s to 10m", c.Drain)
	}
	return nil
}

func (l Log) validate() error {
	switch {
	case l.Level != "debug" && l.Level != "info" && l.Level != "warn" && l.Level != "error":
		return fmt.Errorf("log.level: %q: want debug, info, warn or error", l.Level)
	case l.Format != "text" && l.Format != "json":
		return fmt.Errorf("log.format: %q: want text or json", l.Format)
	}
	return nil
}

func (r Redis) validate() error {
	for i, a := range r.Addresses {
		if host, port, err := net.SplitHostPort(a); err != nil || host == "" || port == "" {
			return fmt.Errorf("redis.addresses[%d]: %q: want host:port", i, a)
		}
	}
	switch {
	case r.Master != "" && len(r.Addresses) == 0:
		return errors.New("redis.master: needs redis.addresses: the Sentinels")
	case r.Database < 0 || r.Database > 0 && r.Cluster():
		return fmt.Errorf("redis.database: %d: want 0 in a cluster, else 0 or more", r.Database)
	}
	return nil
}

// Embedded reports whether the index lives in this process.
func (r Redis) Embedded() bool { return len(r.Addresses) == 0 }

// Cluster reports whether Addresses are nodes of a Redis Cluster.
func (r Redis) Cluster() bool { return len(r.Addresses) > 1 && r.Master == "" }

// under puts the section's name before a room's own key.
func under(section string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s.%w", section, err)
}
