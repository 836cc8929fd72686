package probe

import (
	"errors"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

type action struct {
	name string
	try  func() syscall.Errno
}

// actions do nothing that anybody would notice, also where nothing denies them: folder, which is the test's
// own, holds the file "victim", and is what gets damaged.
func actions(parent int, folder string) []action {
	var all []action
	for _, part := range [][]action{files(), changes(folder), processes(parent), networks(), kernels(), rights()} {
		all = append(all, part...)
	}
	return all
}

// files are what is not the sandbox's.
func files() []action {
	var all []action
	for _, path := range []string{
		"/etc/passwd", "/etc/shadow", "/root", "/root/.ssh", "/home", "/proc/1/environ", "/proc/self/mem", "/proc/kcore",
		"/sys/kernel", "/dev/mem", "/dev/kvm", "/dev/tty", "/dev/fuse", "/tmp", "/var/run", "/",
	} {
		all = append(all, action{"read " + path, opening(path, unix.O_RDONLY)})
	}
	for _, path := range []string{"/etc/passwd", "/usr/lib/os-release", "/proc/sys/kernel/core_pattern", "/dev/sda"} {
		all = append(all, action{"write " + path, opening(path, unix.O_WRONLY)})
	}
	return all
}

func changes(folder string) []action {
	victim, made := folder+"/victim", folder+"/made"
	return []action{
		{"create a file", opening(made, unix.O_WRONLY|unix.O_CREAT)},
		{"make a folder", of(func() error { return unix.Mkdir(made, 0o700) })},
		{"make a device", of(func() error { return unix.Mknod(made, unix.S_IFBLK|0o600, 1<<8) })},
		{"make a link", of(func() error { return unix.Symlink("/etc", made) })},
		{"make a hard link", of(func() error { return unix.Link(victim, made) })},
		{"rename", of(func() error { return unix.Rename(victim, made) })},
		{"truncate", of(func() error { return unix.Truncate(victim, 0) })},
		{"change a mode", of(func() error { return unix.Chmod(victim, 0o777) })},
		{"change an owner", of(func() error { return unix.Chown(victim, 1, 1) })},
		{"change an attribute", of(func() error { return unix.Setxattr(victim, "user.a", nil, 0) })},
		{"remove", of(func() error { return unix.Unlink(victim) })},
		{"change the root", of(func() error { return unix.Chroot(folder) })},
		{"open by handle", of(func() error {
			_, err := unix.OpenByHandleAt(unix.AT_FDCWD, unix.NewFileHandle(1, make([]byte, 8)), 0)
			return err
		})},
	}
}

func processes(parent int) []action {
	word := make([]byte, 8)
	local := []unix.Iovec{{Base: &word[0], Len: 8}}
	remote := []unix.RemoteIovec{{Base: 0x400000, Len: 8}}
	return []action{
		{"signal the parent", of(func() error { return unix.Kill(parent, 0) })},
		{"signal process 1", of(func() error { return unix.Kill(1, 0) })},
		{"continue the parent", of(func() error { return unix.Kill(parent, unix.SIGCONT) })},
		{"trace the parent", of(func() error { return unix.PtraceSeize(parent) })},
		{"read the parent's memory", of(func() error {
			_, err := unix.ProcessVMReadv(parent, local, remote, 0)
			return err
		})},
		{"write the parent's memory", of(func() error {
			_, err := unix.ProcessVMWritev(parent, local, remote, 0)
			return err
		})},
		{"open the parent", of(func() error {
			_, err := unix.PidfdOpen(parent, 0)
			return err
		})},
		{"run a shell", of(func() error { return unix.Exec("/bin/sh", []string{"sh", "-c", "exit 7"}, nil) })},
		{"run by a script", of(func() error { return unix.Exec("/usr/bin/env", []string{"env"}, nil) })},
		{"run a library", of(func() error {
			return unix.Exec("/usr/lib/x86_64-linux-gnu/libc.so.6", []string{"libc"}, nil)
		})},
		{"make a file in memory, to run", of(func() error {
			_, err := unix.MemfdCreate("a", 0)
			return err
		})},
		{"prefer itself", of(func() error { return unix.Setpriority(unix.PRIO_PROCESS, 0, -20) })},
		{"raise a limit", of(func() error {
			return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20})
		})},
	}
}

func networks() []action {
	socket := func(family, kind int) func() syscall.Errno {
		return of(func() error {
			_, err := unix.Socket(family, kind, 0)
			return err
		})
	}
	return []action{
		{"socket: TCP", socket(unix.AF_INET, unix.SOCK_STREAM)},
		{"socket: UDP", socket(unix.AF_INET, unix.SOCK_DGRAM)},
		{"socket: TCP over IPv6", socket(unix.AF_INET6, unix.SOCK_STREAM)},
		{"socket: raw", of(func() error {
			_, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
			return err
		})},
		{"socket: Unix", socket(unix.AF_UNIX, unix.SOCK_STREAM)},
		{"socket: routes", socket(unix.AF_NETLINK, unix.SOCK_RAW)},
		{"socket: other netlink", of(func() error {
			_, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_KOBJECT_UEVENT)
			return err
		})},
		{"a pair of sockets", of(func() error {
			_, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
			return err
		})},
		{"listen for TCP", of(func() error {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			return unix.Listen(fd, 1)
		})},
		{"take a TCP port", of(func() error {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			return unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
		})},
		{"socket: packets", socket(unix.AF_PACKET, unix.SOCK_RAW)},
		{"socket: vsock", socket(unix.AF_VSOCK, unix.SOCK_STREAM)},
	}
}

// kernels are ways into the kernel that are wide or little used.
func kernels() []action {
	all := []action{
		{"mount", of(func() error { return unix.Mount("none", "/", "no such file system", 0, "") })},
		{"unmount", of(func() error { return unix.Unmount("/dev/null", 0) })},
		{"set the clock", of(func() error { return unix.Settimeofday(nil) })},
		{"set the host's name", of(func() error { return unix.Sethostname(make([]byte, 1<<10)) })},
		{"open the kernel's log", of(func() error {
			_, err := unix.Klogctl(unix.SYSLOG_ACTION_SIZE_BUFFER, nil)
			return err
		})},
	}
	for _, call := range []struct {
		name      string
		number    uintptr
		arguments [3]uintptr
	}{
		{"bpf", unix.SYS_BPF, [3]uintptr{}},
		{"userfaultfd", unix.SYS_USERFAULTFD, [3]uintptr{}},
		{"perf_event_open", unix.SYS_PERF_EVENT_OPEN, [3]uintptr{}},
		{"io_uring_setup", unix.SYS_IO_URING_SETUP, [3]uintptr{1, address(zeros[:])}},
		{"keyctl", unix.SYS_KEYCTL, [3]uintptr{0, ^uintptr(2)}},
		{"add_key", unix.SYS_ADD_KEY, [3]uintptr{}},
		{"init_module", unix.SYS_INIT_MODULE, [3]uintptr{}},
		{"kexec_load", unix.SYS_KEXEC_LOAD, [3]uintptr{}},
		{"reboot", unix.SYS_REBOOT, [3]uintptr{}},
		{"swapon", unix.SYS_SWAPON, [3]uintptr{}},
		{"acct", unix.SYS_ACCT, [3]uintptr{}},
		{"quotactl", unix.SYS_QUOTACTL, [3]uintptr{}},
		{"fanotify_init", unix.SYS_FANOTIFY_INIT, [3]uintptr{}},
		{"shmget", unix.SYS_SHMGET, [3]uintptr{0, 4096, 0o1600}},
		{"msgget", unix.SYS_MSGGET, [3]uintptr{0, 0o1600}},
		{"semget", unix.SYS_SEMGET, [3]uintptr{0, 1, 0o1600}},
		{"mq_open", unix.SYS_MQ_OPEN, [3]uintptr{address(queueName), unix.O_CREAT | unix.O_RDWR}},
		{"fsopen", unix.SYS_FSOPEN, [3]uintptr{address(fileSystem)}},
		{"personality", unix.SYS_PERSONALITY, [3]uintptr{0x0040000}},
		{"clone3", unix.SYS_CLONE3, [3]uintptr{address(zeros[:]), 8}},
		{"migrate_pages", unix.SYS_MIGRATE_PAGES, [3]uintptr{}},
	} {
		all = append(all, action{call.name, func() syscall.Errno {
			_, _, errno := unix.Syscall(call.number, call.arguments[0], call.arguments[1], call.arguments[2])
			return errno
		}})
	}
	return all
}

func rights() []action {
	return []action{
		{"become root", of(func() error { return unix.Setuid(0) })},
		{"join root's group", of(func() error { return unix.Setgroups([]int{0}) })},
		{"a user namespace", of(func() error { return unix.Unshare(unix.CLONE_NEWUSER) })},
		{"a mount namespace", of(func() error { return unix.Unshare(unix.CLONE_NEWNS) })},
		{"a child in a user namespace", func() syscall.Errno {
			child, _, errno := unix.RawSyscall6(unix.SYS_CLONE, unix.CLONE_NEWUSER|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
			if errno == 0 && child == 0 {
				_, _, _ = unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
			}
			return errno
		}},
		{"another's namespace", of(func() error { return unix.Setns(0, 0) })},
		{"a capability", of(func() error {
			header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			wanted := [2]unix.CapUserData{{Effective: 1, Permitted: 1}}
			return unix.Capset(&header, &wanted[0])
		})},
	}
}

func opening(path string, flags int) func() syscall.Errno {
	return of(func() error {
		fd, err := unix.Open(path, flags|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0o600)
		if err == nil {
			unix.Close(fd)
		}
		return err
	})
}

func of(try func() error) func() syscall.Errno {
	return func() syscall.Errno {
		err := try()
		var errno syscall.Errno
		if err != nil && !errors.As(err, &errno) {
			errno = syscall.EINVAL
		}
		return errno
	}
}

// What system calls point to.
var (
	zeros      [128]byte
	queueName  = []byte("jail-probe\x00")
	fileSystem = []byte("tmpfs\x00")
)

func address(bytes []byte) uintptr { return uintptr(unsafe.Pointer(&bytes[0])) }
