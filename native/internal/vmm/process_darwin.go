package vmm

import "syscall"

// macOS has no death signal. A VMM that does not notice lives on after a killed supervisor and, holding the lock, keeps
// the disk owned until it is ended by the pid that `lsof` of the lock file names.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true}
}
