package main

import (
	"strings"
	"testing"

	"yingda/configs"
)

// A pipeline longer than any buffer must come through the embedded Redis: the comparison of many seats is one.
func TestLongPipelineToEmbeddedRedis(t *testing.T) {
	t.Parallel()
	rdb, stop := openRedis(configs.Redis{})
	defer stop()
	pipe := rdb.Pipeline()
	const n = 20_000
	value := strings.Repeat("x", 100)
	for range n {
		pipe.Echo(t.Context(), value)
	}
	got, err := pipe.Exec(t.Context())
	if err != nil || len(got) != n {
		t.Fatalf("got %d answers and %v, want %d", len(got), err, n)
	}
}
