//go:build unix

package store

import (
	"os"
	"syscall"
)

// lockFile takes the file for this process alone. The system frees it when the process dies.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// unlockFile gives the file free at once. Closing it alone would not while a child of ours that is just being started
// still has it, between its fork and its exec.
func unlockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
