// Package identity sets what must differ between two guests, clones of one template included.
package identity

import (
	"encoding/binary"
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// MaxEntropy bounds the seed that is accepted.
const MaxEntropy = 512

// SetClock sets the wall clock.
func SetClock(unixNanos int64) error {
	now := unix.NsecToTimespec(unixNanos)
	if err := unix.ClockSettime(unix.CLOCK_REALTIME, &now); err != nil {
		return fmt.Errorf("set the clock: %w", err)
	}
	return nil
}

// generator is the kernel's, opened once: to open it costs a guest that wakes up more than to use it.
var generator = sync.OnceValues(func() (int, error) {
	return unix.Open("/dev/urandom", unix.O_WRONLY|unix.O_CLOEXEC, 0)
})

// Prepare makes ready what the other calls need.
func Prepare() error {
	_, err := generator()
	return err
}

// AddEntropy credits seed to the kernel's pool and makes its generator start over from it, so that
// clones of one template draw different numbers from here on.
func AddEntropy(seed []byte) error {
	random, err := generator()
	if err != nil {
		return err
	}
	// struct rand_pool_info: entropy in bits, size in bytes, the bytes.
	info := binary.NativeEndian.AppendUint32(nil, uint32(len(seed)*8))
	info = binary.NativeEndian.AppendUint32(info, uint32(len(seed)))
	info = append(info, seed...)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(random), unix.RNDADDENTROPY, uintptr(unsafe.Pointer(&info[0])))
	if errno != 0 {
		return fmt.Errorf("add entropy: %w", errno)
	}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(random), unix.RNDRESEEDCRNG, 0); errno != 0 {
		return fmt.Errorf("reseed: %w", errno)
	}
	return nil
}
