package relay

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

// lock is a mutex for threads that Go's scheduler does not know: 0 free, 1 held, 2 held and waited for.
type lock struct{ state uint32 }

const (
	futexWait = 0 | 128 // private
	futexWake = 1 | 128
)

//go:nosplit
func (l *lock) acquire() {
	if atomic.CompareAndSwapUint32(&l.state, 0, 1) {
		return
	}
	for atomic.SwapUint32(&l.state, 2) != 0 {
		_, _, _ = syscall.RawSyscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&l.state)), futexWait, 2, 0, 0, 0)
	}
}

//go:nosplit
func (l *lock) release() {
	if atomic.SwapUint32(&l.state, 0) == 2 {
		_, _, _ = syscall.RawSyscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&l.state)), futexWake, 1, 0, 0, 0)
	}
}
