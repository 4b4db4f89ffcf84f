package main

import (
	"testing"

	"yingda/internal/testkit"
)

func TestRunPassesServersAndExitCode(t *testing.T) {
	t.Parallel()
	got, err := run([]string{"sh", "-c", `test "${TEST_POSTGRES#postgres://}" != "$TEST_POSTGRES" || test -z "$TEST_POSTGRES"; exit 3`}, testkit.PostgresOptions{})
	if err != nil || got != 3 {
		t.Errorf("exit code: got %d, %v, want 3", got, err)
	}
}
