package jail

import (
	"errors"
	"slices"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// absent answers as a kernel that is too old would: programs then do without.
const absent = seccomp.Action(uint32(seccomp.ActionErrno)&^0xffff | uint32(unix.ENOSYS))

// namespaces are those flags of clone that would make one.
const namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
	unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWTIME

// restrictSyscalls comes last: the walls before it need more than what it leaves.
func (w *walls) restrictSyscalls() error {
	if !seccomp.Supported() {
		return errors.New("the kernel has no seccomp filters")
	}
	wanted := slices.Clone(everybodysSyscalls)
	if w.profile.Network {
		wanted = slices.Concat(wanted, socketSyscalls)
	}
	here, err := arch.GetInfo("")
	if err != nil {
		return err
	}
	known := slices.DeleteFunc(wanted, func(name string) bool {
		_, there := here.SyscallNames[name]
		return !there
	})
	return seccomp.LoadFilter(seccomp.Filter{Policy: seccomp.Policy{
		DefaultAction: seccomp.ActionErrno,
		Syscalls: []seccomp.SyscallGroup{
			{
				Action: seccomp.ActionAllow,
				Names:  known,
				NamesWithCondtions: []seccomp.NameWithConditions{{
					Name:       "clone",
					Conditions: []seccomp.Condition{{Argument: 0, Operation: seccomp.BitsNotSet, Value: namespaces}},
				}},
			},
			// Its flags are where a filter cannot look; without it, clone is used.
			{Action: absent, Names: []string{"clone3"}},
		},
	}})
}
