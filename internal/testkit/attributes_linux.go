package testkit

import "syscall"

// attributes lets the kernel end the server with us and drops root's rights.
// Pdeathsig follows the thread that forked; Go's threads end only when a locked
// goroutine returns, which no test here does.
func attributes(as *account, dying syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: dying}
	if as != nil {
		attr.Credential = &syscall.Credential{Uid: uint32(as.uid), Gid: uint32(as.gid)}
	}
	return attr
}
