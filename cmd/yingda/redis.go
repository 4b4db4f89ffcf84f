package main

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"yingda/configs"
)

// openRedis connects to the configured Redis, or starts the embedded one, which lives in this process, listens on
// nothing and forgets everything at the end: all in it can be rebuilt from SQL. Neither client retries by itself: a
// script that ran must not run again unseen. The embedded one needs no ClockTTL, with which every command would sort
// all keys: the router sets no expiry.
func openRedis(cfg configs.Redis) (redis.UniversalClient, func()) {
	if !cfg.Embedded() {
		options := &redis.UniversalOptions{
			Addrs: cfg.Addresses, MasterName: cfg.Master, Username: cfg.Username, Password: cfg.Password, DB: cfg.Database,
			SentinelUsername: cfg.SentinelUsername, SentinelPassword: cfg.SentinelPassword,
			ContextTimeoutEnabled: true, MaxRetries: -1, IsClusterMode: cfg.Cluster(),
		}
		if cfg.TLS {
			options.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		rdb := redis.NewUniversalClient(options)
		return rdb, func() { _ = rdb.Close() }
	}
	mini := miniredis.NewMiniRedis()
	rdb := redis.NewClient(&redis.Options{
		Addr: "embedded", ContextTimeoutEnabled: true, MaxRetries: -1, ReadTimeout: embeddedTimeout,
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			c, err := mini.Dial()
			if err != nil {
				return nil, err
			}
			return newEager(c), nil
		},
	})
	return rdb, func() {
		_ = rdb.Close()
		mini.Close()
	}
}

// embeddedTimeout is how long a whole pipeline may take, which the client's own 3 s are not enough for on a busy machine.
// There is no line that could hang; callers who wait less bring a context.
const embeddedTimeout = time.Minute

// hushed drops what the Redis library prints by itself during an outage: the router says it once, in our own log.
type hushed struct{}

// Printf drops a line.
func (hushed) Printf(context.Context, string, ...any) {}
