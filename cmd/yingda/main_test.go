package main

import (
	"os"
	"testing"

	"yingda/internal/testkit"
)

// actAs makes this test binary the program itself, so that tests can start nodes as processes and kill them.
const actAs = "YINGDATEST_ACT_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(actAs) != "" {
		main() // exits by itself when it fails
		os.Exit(0)
	}
	testkit.Main(m)
}
