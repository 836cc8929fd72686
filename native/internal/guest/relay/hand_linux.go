package relay

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/volumewire"
)

// The agent may start the relay long before it knows of a mount. They have a socket that keeps messages apart:
// each time the relay says that it is ready, and the agent gives it mounts, with the kernel's ends of them.
var (
	errEnded  = errors.New("the other end has gone")
	errMounts = errors.New("the relay's mounts make no sense")
)

// Mount is what the relay is given: descriptors, and the number that the host knows the mount by.
type Mount struct {
	Number int
	Kernel int // the kernel's end
	Root   int // the mount itself, writable
}

// AwaitReady is the agent's: the relay carries what it was given and waits in Take when it answers.
func AwaitReady(socket int) error {
	n, err := retrying(func() (int, error) { return unix.Read(socket, make([]byte, 1)) })
	if err == nil && n == 0 {
		err = errEnded
	}
	return err
}

// Give is the agent's: the relay has its own descriptors of them from then on.
func Give(socket int, mounts []Mount) error {
	var numbers []byte
	var fds []int
	for _, mount := range mounts {
		numbers, fds = append(numbers, byte(mount.Number)), append(fds, mount.Kernel, mount.Root)
	}
	_, err := retrying(func() (int, error) {
		return unix.SendmsgN(socket, numbers, unix.UnixRights(fds...), nil, 0)
	})
	if err != nil {
		return fmt.Errorf("give the relay its mounts: %w", err)
	}
	return nil
}

// Take is the relay's: it waits until it is given mounts.
func Take(socket int) ([]Mount, error) {
	if _, err := retrying(func() (int, error) { return unix.Write(socket, []byte{0}) }); err != nil {
		return nil, err
	}
	numbers, rights := make([]byte, volumewire.MaxVolumes), make([]byte, unix.CmsgSpace(2*volumewire.MaxVolumes*4))
	var taken int
	n, err := retrying(func() (n int, err error) {
		n, taken, _, _, err = unix.Recvmsg(socket, numbers, rights, unix.MSG_CMSG_CLOEXEC)
		return n, err
	})
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, errEnded
	}
	messages, err := unix.ParseSocketControlMessage(rights[:taken])
	if err != nil || len(messages) != 1 {
		return nil, errors.Join(errMounts, err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 2*n {
		return nil, errors.Join(errMounts, err)
	}
	mounts := make([]Mount, n)
	for i, number := range numbers[:n] {
		if number >= volumewire.MaxVolumes {
			return nil, errMounts
		}
		mounts[i] = Mount{int(number), fds[2*i], fds[2*i+1]}
	}
	return mounts, nil
}

func retrying(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
