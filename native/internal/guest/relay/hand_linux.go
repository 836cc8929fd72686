package relay

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/volumewire"
)

// The agent may start the relay long before it knows of a mount. They have a socket that keeps messages apart:
// the relay says that it is ready, the agent gives it the kernel's ends of the mounts and then the mounts.
var (
	errEnded  = errors.New("the other end has gone")
	errMounts = errors.New("the relay's mounts make no sense")
)

// AwaitReady is the agent's: the relay waits in Take when it answers.
func AwaitReady(socket int) error {
	n, err := retrying(func() (int, error) { return unix.Read(socket, make([]byte, 1)) })
	if err == nil && n == 0 {
		err = errEnded
	}
	return err
}

// Give is the agent's: the relay has its own descriptors of them from then on.
func Give(socket int, mounts, roots []int) error {
	rights := unix.UnixRights(append(append([]int(nil), mounts...), roots...)...)
	_, err := retrying(func() (int, error) {
		return unix.SendmsgN(socket, []byte{byte(len(mounts))}, rights, nil, 0)
	})
	if err != nil {
		return fmt.Errorf("give the relay its mounts: %w", err)
	}
	return nil
}

// Take is the relay's: it waits until it is given mounts.
func Take(socket int) (mounts, roots []int, err error) {
	if _, err := retrying(func() (int, error) { return unix.Write(socket, []byte{0}) }); err != nil {
		return nil, nil, err
	}
	count, rights := make([]byte, 1), make([]byte, unix.CmsgSpace(2*volumewire.MaxVolumes*4))
	var taken int
	n, err := retrying(func() (n int, err error) {
		n, taken, _, _, err = unix.Recvmsg(socket, count, rights, unix.MSG_CMSG_CLOEXEC)
		return n, err
	})
	if err != nil {
		return nil, nil, err
	}
	if n == 0 {
		return nil, nil, errEnded
	}
	messages, err := unix.ParseSocketControlMessage(rights[:taken])
	if err != nil || len(messages) != 1 {
		return nil, nil, errors.Join(errMounts, err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if half := int(count[0]); err != nil || half < 1 || half > volumewire.MaxVolumes || len(fds) != 2*half {
		return nil, nil, errors.Join(errMounts, err)
	}
	return fds[:count[0]], fds[count[0]:], nil
}

func retrying(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
