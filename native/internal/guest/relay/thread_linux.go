package relay

import (
	"fmt"
	"syscall"
	"unsafe"
)

const (
	stackBytes = 64 << 10
	// spillBytes are above a function's frame: it may put its arguments there.
	spillBytes = 64
	// A thread of this process like any other.
	threadFlags = syscall.CLONE_VM | syscall.CLONE_FS | syscall.CLONE_FILES | syscall.CLONE_SIGHAND |
		syscall.CLONE_SYSVSEM | syscall.CLONE_THREAD
)

// clone makes a thread that calls entry with the argument. Implemented in assembly.
func clone(flags uintptr, stack, entry, argument unsafe.Pointer) uintptr

// startThread runs a loop on a thread that Go's runtime does not know: it may stay in system calls as long
// as it likes without a scheduler that watches, takes over and hands back, which under emulation costs
// more than the calls themselves. In exchange the loop may not allocate, grow its stack or be preempted:
// it and all that it calls are nosplit. It takes no signals, whose handlers are the runtime's.
func startThread(entry func(*loop), argument *loop) error {
	stack, err := syscall.Mmap(-1, 0, stackBytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return err
	}
	all, before := ^uint64(0), uint64(0)
	setSignalMask(&all, &before)
	defer setSignalMask(&before, nil)
	top := unsafe.Pointer(uintptr(unsafe.Pointer(unsafe.SliceData(stack))) + stackBytes - spillBytes)
	function := **(**unsafe.Pointer)(unsafe.Pointer(&entry))
	if id := clone(threadFlags, top, function, unsafe.Pointer(argument)); int(id) < 0 {
		return fmt.Errorf("make a thread: %w", syscall.Errno(-int(id)))
	}
	return nil
}

func setSignalMask(mask, before *uint64) {
	const set = 2 // SIG_SETMASK
	_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, set,
		uintptr(unsafe.Pointer(mask)), uintptr(unsafe.Pointer(before)), unsafe.Sizeof(*mask), 0, 0)
}
