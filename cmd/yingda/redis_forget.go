package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"yingda/router"
)

// forgetRouting deletes the router's keys and says how many there were. A node that leads notices within a second and
// fills the index from the record. In a cluster every primary is asked for its own.
func forgetRouting(ctx context.Context, rdb redis.UniversalClient, shard router.Shard) (int, error) {
	cluster, ok := rdb.(*redis.ClusterClient)
	if !ok {
		return forgetKeys(ctx, rdb, shard)
	}
	var n atomic.Int64
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, one *redis.Client) error {
		gone, err := forgetKeys(ctx, one, shard)
		n.Add(int64(gone))
		return err
	})
	return int(n.Load()), err
}

func forgetKeys(ctx context.Context, rdb redis.Cmdable, shard router.Shard) (int, error) {
	n := 0
	keys := rdb.Scan(ctx, 0, shard.Pattern(), 500).Iterator()
	for keys.Next(ctx) {
		if err := rdb.Del(ctx, keys.Val()).Err(); err != nil {
			return n, fmt.Errorf("delete %s: %w", keys.Val(), err)
		}
		n++
	}
	if err := keys.Err(); err != nil {
		return n, fmt.Errorf("list the router's keys: %w", err)
	}
	return n, nil
}
