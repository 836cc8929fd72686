// Package killtest runs a process and kills it at each of its changes of the file system, one after
// the other: what a test sees afterwards is what a user would find after `kill -9` there.
package killtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// EachStep runs the test binary with the arguments and environment again and again, killed before
// its first change of the file system, before its second, and so on until it ends by itself. prepare
// is called before each run, check after it. It returns the number of kills.
func EachStep(t *testing.T, arguments, environment []string, prepare, check func(step int)) int {
	t.Helper()
	const most = 2000
	// A killed process cannot clean up after itself.
	temporary := "TMPDIR=" + t.TempDir()
	for step := 1; step <= most; step++ {
		prepare(step)
		killed, err := run(arguments, append(slices.Clip(environment), temporary), step)
		if err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		check(step)
		if !killed {
			return step - 1
		}
	}
	t.Fatalf("more than %d steps", most)
	return 0
}

// run tells whether the process was killed at the step, and fails if it failed by itself.
func run(arguments, environment []string, step int) (killed bool, err error) {
	// All calls of one tracer come from one thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	command := exec.Command(os.Args[0], arguments...)
	command.Env = append(os.Environ(), environment...)
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := command.Start(); err != nil {
		return false, err
	}
	defer command.Process.Release()
	tracer := &tracer{process: command.Process.Pid, step: step}
	return tracer.follow()
}

type tracer struct {
	process int
	step    int
	changes int
	killed  bool
}

const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL

// follow lets every thread go from system call to system call.
func (t *tracer) follow() (killed bool, err error) {
	started := false
	for {
		var status unix.WaitStatus
		thread, err := unix.Wait4(-t.process, &status, unix.WALL, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return false, fmt.Errorf("wait: %w", err)
		case status.Exited() && thread == t.process:
			if status.ExitStatus() != 0 {
				return false, fmt.Errorf("ended with %d", status.ExitStatus())
			}
			return false, nil
		case status.Signaled() && thread == t.process:
			if !t.killed {
				return false, fmt.Errorf("ended by %v", status.Signal())
			}
			return true, nil
		case !status.Stopped():
			continue
		}
		if !started {
			started = true
			if err := unix.PtraceSetOptions(thread, options); err != nil {
				return false, fmt.Errorf("options: %w", err)
			}
		}
		if err := t.resume(thread, status.StopSignal()); err != nil {
			return false, err
		}
	}
}

func (t *tracer) resume(thread int, stop unix.Signal) error {
	deliver := 0
	switch stop {
	case unix.SIGTRAP | 0x80: // a system call
		if t.isChange(thread) {
			if t.changes++; t.changes == t.step {
				t.killed = true
				return unix.Kill(t.process, unix.SIGKILL)
			}
		}
	case unix.SIGTRAP, unix.SIGSTOP: // the tracer's own: exec, new thread
	default:
		deliver = int(stop)
	}
	err := unix.PtraceSyscall(thread, deliver)
	if errors.Is(err, unix.ESRCH) {
		return nil // killed meanwhile
	}
	return err
}

// syscallInfo is the head of struct ptrace_syscall_info, for the entry of a call.
type syscallInfo struct {
	op        uint8
	_         [3]uint8
	_         uint32
	_, _      uint64
	number    uint64
	arguments [6]uint64
}

const (
	getSyscallInfo = 0x420e
	opEntry        = 1
)

func (t *tracer) isChange(thread int) bool {
	var info syscallInfo
	_, _, failed := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(thread), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if failed != 0 || info.op != opEntry {
		return false
	}
	switch info.number {
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_UNLINKAT, unix.SYS_MKDIRAT, unix.SYS_LINKAT,
		unix.SYS_FSYNC, unix.SYS_FCHMOD, unix.SYS_FTRUNCATE, unix.SYS_UTIMENSAT, unix.SYS_PWRITE64:
		return true
	case unix.SYS_WRITE:
		return info.arguments[0] > 2
	case unix.SYS_OPENAT:
		return info.arguments[2]&unix.O_CREAT != 0
	}
	return false
}
