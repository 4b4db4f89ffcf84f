//go:build windows

package store

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile takes the file for this process alone. The system frees it when the process dies.
func lockFile(f *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
}

// unlockFile has nothing to do: children do not have the file, and closing it gives it free.
func unlockFile(*os.File) error { return nil }
