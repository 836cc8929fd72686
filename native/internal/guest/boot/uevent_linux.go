package boot

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// forgetHelper needs /sys. For each device that comes or goes, and each mounted volume is one, the kernel forks a
// process for a helper that is on no image: what that takes is a fifth of what a volume adds to a start.
func forgetHelper() error {
	helper, err := unix.Open("/sys/kernel/uevent_helper", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil // a kernel without
	}
	if err != nil {
		return fmt.Errorf("forget the helper of devices: %w", err)
	}
	defer func() { _ = unix.Close(helper) }()
	if _, err := unix.Write(helper, []byte("\n")); err != nil {
		return fmt.Errorf("forget the helper of devices: %w", err)
	}
	return nil
}
