//go:build !nojail

package jail

// everybodysSyscalls are what C libraries and Go's runtime need to load a program and to run its threads,
// and reading and writing of what is open. None of them reaches another process, but that execve and
// kill are bounded by the walls of files and of users. The most frequent come first: the kernel
// looks at them one by one.
var everybodysSyscalls = []string{
	"futex", "read", "write", "ppoll", "epoll_pwait", "epoll_wait", "recvmsg", "sendmsg", "readv", "writev", "preadv",
	"pwritev", "pread64", "pwrite64", "preadv2", "pwritev2", "poll", "recvfrom", "sendto", "clock_gettime",

	// Memory.
	"madvise", "mprotect", "mmap", "munmap", "mremap", "brk", "mincore", "membarrier", "msync", "rseq",
	"mlock", "munlock",

	// Files that are open, and those that the wall of files lets be opened.
	"close", "close_range", "lseek", "fcntl", "fstat", "newfstatat", "stat", "lstat", "statx", "openat", "open", "openat2",
	"access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd", "chdir", "fchdir",
	"fdatasync", "fsync", "sync_file_range", "fallocate", "ftruncate", "fadvise64", "fstatfs", "statfs", "flock",
	"copy_file_range", "sendfile", "splice", "ioctl", "dup", "dup2", "dup3", "umask", "unlink", "unlinkat",

	// Events, time and threads.
	"epoll_create1", "epoll_ctl", "epoll_pwait2", "eventfd2", "pipe2", "pipe", "select", "pselect6", "signalfd4",
	"timerfd_create", "timerfd_settime", "timerfd_gettime", "timer_create", "timer_settime", "timer_gettime",
	"timer_getoverrun", "timer_delete", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
	"sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
	"sched_get_priority_min", "getcpu", "set_robust_list", "get_robust_list", "set_tid_address", "arch_prctl",
	"restart_syscall", "getrandom", "getitimer", "setitimer", "times", "getrusage",

	// Signals.
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_sigqueueinfo", "rt_tgsigqueueinfo", "sigaltstack", "tgkill", "tkill", "kill", "pause",

	// What it is, and its end.
	"getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups",
	"getpgrp", "getpgid", "getsid", "uname", "sysinfo", "getrlimit", "prlimit64", "capget", "prctl", "seccomp",
	"exit", "exit_group",

	// Sockets that are open.
	"getsockopt", "setsockopt", "getsockname", "getpeername", "shutdown",

	// The start itself: from fork to the program's first instruction, and the wait for its end.
	"execve", "setsid", "setpgid", "setuid", "setgid", "setgroups", "wait4", "waitid", "pidfd_send_signal",
}

// networkSyscalls make connections and take those of an inherited socket.
var networkSyscalls = []string{
	"connect", "bind", "accept", "accept4", "sendmmsg", "recvmmsg",
}
