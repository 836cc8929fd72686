package probe

import (
	seccomp "github.com/elastic/go-seccomp-bpf"
	"golang.org/x/sys/unix"
)

// Without makes this process, and those that it starts, believe in a kernel that lacks these system calls.
func Without(names ...string) error {
	lacking := seccomp.Action(uint32(seccomp.ActionErrno)&^0xffff | uint32(unix.ENOSYS))
	return seccomp.LoadFilter(seccomp.Filter{
		NoNewPrivs: true,
		Flag:       seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{
			DefaultAction: seccomp.ActionAllow,
			Syscalls:      []seccomp.SyscallGroup{{Action: lacking, Names: names}},
		},
	})
}
