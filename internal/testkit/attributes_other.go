//go:build !linux

package testkit

import "syscall"

// attributes has nothing to add away from Linux: servers are stopped by the
// tests' own cleanups, and nobody runs the tests there as root.
func attributes(*account, syscall.Signal) *syscall.SysProcAttr { return nil }
