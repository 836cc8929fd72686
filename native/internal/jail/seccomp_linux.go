//go:build !nojail

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

// internetSockets are those families whose sockets reach no program of this host by a path: who could connect
// to the sockets of others' daemons were them. Of netlink it is the protocol that tells the host's addresses.
var internetSockets = []seccomp.NameWithConditions{
	{Name: "socket", Conditions: []seccomp.Condition{{Argument: 0, Operation: seccomp.Equal, Value: unix.AF_INET}}},
	{Name: "socket", Conditions: []seccomp.Condition{{Argument: 0, Operation: seccomp.Equal, Value: unix.AF_INET6}}},
	{Name: "socket", Conditions: []seccomp.Condition{
		{Argument: 0, Operation: seccomp.Equal, Value: unix.AF_NETLINK},
		{Argument: 2, Operation: seccomp.Equal, Value: unix.NETLINK_ROUTE},
	}},
}

// restrictSyscalls comes last: the walls before it need more than what it leaves.
func (w *walls) restrictSyscalls() error {
	if !seccomp.Supported() {
		return errors.New("the kernel has no seccomp filters")
	}
	wanted := slices.Clone(everybodysSyscalls)
	conditional := []seccomp.NameWithConditions{
		{Name: "clone", Conditions: []seccomp.Condition{{Argument: 0, Operation: seccomp.BitsNotSet, Value: namespaces}}},
	}
	if w.profile.Network {
		wanted = slices.Concat(wanted, networkSyscalls)
		conditional = slices.Concat(conditional, internetSockets)
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
				Action:             seccomp.ActionAllow,
				Names:              known,
				NamesWithCondtions: conditional,
			},
			// Its flags are where a filter cannot look; without it, clone is used.
			{Action: absent, Names: []string{"clone3"}},
		},
	}})
}
