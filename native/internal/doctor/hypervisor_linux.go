package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

const (
	kvmDevice     = "/dev/kvm"
	kvmGetVersion = 0xae00
	kvmCreateVM   = 0xae01
	kvmVersion    = 12 // the same since 2007
)

// hypervisor opens the device and makes an empty VM: that is allowed to who may run one. Whether a
// guest runs is another question, which only a guest answers.
func hypervisor() Access {
	found := Access{Name: kvmDevice}
	device, err := os.OpenFile(kvmDevice, os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENODEV):
		found.State, found.Reason = Absent, err.Error()
		return found
	case errors.Is(err, fs.ErrPermission):
		found.State, found.Reason = Denied, err.Error()
		return found
	case err != nil:
		found.State, found.Reason = Broken, err.Error()
		return found
	}
	defer device.Close()
	version, err := ask(device, kvmGetVersion)
	if err == nil && version != kvmVersion {
		err = fmt.Errorf("version %d of its interface, not %d", version, kvmVersion)
	}
	if err == nil {
		var vm uintptr
		if vm, err = ask(device, kvmCreateVM); err == nil {
			_ = unix.Close(int(vm))
			found.State = Usable
			return found
		}
	}
	found.State, found.Reason = Broken, err.Error()
	return found
}

func ask(device *os.File, request uint) (uintptr, error) {
	answer, _, errno := unix.Syscall(unix.SYS_IOCTL, device.Fd(), uintptr(request), 0)
	if errno != 0 {
		return 0, os.NewSyscallError("ioctl", errno)
	}
	return answer, nil
}
