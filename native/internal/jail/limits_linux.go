//go:build !nojail

package jail

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// limits bound this process and what it starts: afterwards, another user's could not be set without a
// capability that root often lacks.
var limits = map[int]uint64{
	unix.RLIMIT_CORE: 0, // a dump would hold the guest's memory
	// Above what a VMM uses, and a gateway with several guests that have all their connections.
	unix.RLIMIT_NOFILE: 64 << 10,
	// Above the largest disk.
	unix.RLIMIT_FSIZE: 128 << 30,
}

func limit() error {
	for resource, most := range limits {
		var now syscall.Rlimit
		if err := syscall.Getrlimit(resource, &now); err != nil {
			return fmt.Errorf("getrlimit %d: %w", resource, err)
		}
		// Go restores the limit of open files in children, unless it was set by its own call.
		bound := syscall.Rlimit{Cur: min(most, now.Max), Max: min(most, now.Max)}
		if err := syscall.Setrlimit(resource, &bound); err != nil {
			return fmt.Errorf("setrlimit %d: %w", resource, err)
		}
	}
	return nil
}
