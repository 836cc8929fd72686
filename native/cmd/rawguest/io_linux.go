package main

import (
	"errors"
	"syscall"
	"unsafe"
)

var errClosed = errors.New("the host closed the port")

// The system calls are raw: the runtime is not told that they block. It would hand the processor to
// another thread and back at each, which halves the rates and doubles the times under emulation.

func readFull(fd int, data []byte) error {
	for len(data) > 0 {
		n, err := read(fd, data)
		if err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

func read(fd int, data []byte) (int, error) {
	n, err := transfer(syscall.SYS_READ, fd, data)
	if err == nil && n == 0 {
		return 0, errClosed
	}
	return n, err
}

func writeFull(fd int, data []byte) error {
	for len(data) > 0 {
		n, err := transfer(syscall.SYS_WRITE, fd, data)
		if err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// transfer needs data of at least one byte.
func transfer(call uintptr, fd int, data []byte) (int, error) {
	for {
		n, _, errno := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)))
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
			continue
		default:
			return 0, errno
		}
	}
}

// blockSignals keeps this thread from the runtime's requests to yield, which it has no need to.
func blockSignals() {
	const setMask, maskBytes = 2, 8
	mask := ^uint64(0)
	_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, setMask, uintptr(unsafe.Pointer(&mask)), 0, maskBytes, 0, 0)
}

// wait returns the exit status of a child that is expected to exit soon.
func wait(pid int) (byte, error) {
	var status syscall.WaitStatus
	for {
		_, _, errno := syscall.RawSyscall6(syscall.SYS_WAIT4, uintptr(pid), uintptr(unsafe.Pointer(&status)), 0, 0, 0, 0)
		switch errno {
		case 0:
			return byte(status.ExitStatus()), nil
		case syscall.EINTR:
			continue
		default:
			return 0, errno
		}
	}
}

// say writes to the console, which a guest without one must not die of.
func say(line string) {
	_, _ = syscall.Write(1, []byte(line))
}

// fatal ends PID 1: the kernel panics and the VMM with it, which the bench sees.
func fatal(what string, err error) {
	say("rawguest: " + what + ": " + err.Error() + "\n")
	syscall.Exit(1)
}
