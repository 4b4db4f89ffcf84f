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
