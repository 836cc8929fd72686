package volumes

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/port"
	"sandboxfile/native/internal/guest/relay"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/volumewire"
)

// Relay is the process that carries the volumes' messages. It waits for what it is to carry, and ends if that
// never comes.
type Relay struct {
	pid    int
	socket int // -1: it has been given its mounts
}

const program = "/relay"

// StartRelay answers when the process has nothing more to do than to wait.
func StartRelay() (*Relay, error) {
	device, err := port.Find(volumewire.PortName)
	if err != nil {
		return nil, err
	}
	wire, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", device, err)
	}
	defer func() { _ = unix.Close(wire) }()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socketpair: %w", err)
	}
	r := &Relay{socket: ends[0]}
	r.pid, err = syscall.ForkExec(program, []string{program}, &syscall.ProcAttr{
		Dir: "/", Env: []string{"GODEBUG=asyncpreemptoff=1"}, Sys: &syscall.SysProcAttr{Setsid: true},
		Files: []uintptr{0, 1, 2, uintptr(wire), uintptr(ends[1])},
	})
	err = errors.Join(err, unix.Close(ends[1]))
	if err == nil {
		err = relay.AwaitReady(r.socket)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", program, err), r.close())
	}
	return r, nil
}

// Renew ends the process if it carries something, which must be nowhere mounted any more, and answers one that
// waits.
func (r *Relay) Renew() (*Relay, error) {
	if r.socket >= 0 {
		return r, nil
	}
	if err := unix.Kill(r.pid, unix.SIGKILL); err != nil {
		return nil, fmt.Errorf("end %s: %w", program, err)
	}
	// The next one can have the port when all threads of this one have let go of it.
	for {
		if _, err := unix.Wait4(r.pid, nil, 0, nil); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	return StartRelay()
}

// Attach mounts them all and hands them to the process, which goes on by itself.
func (r *Relay) Attach(box Sandbox, files *tree.Tree, mounts []Mount) (err error) {
	defer func() { err = errors.Join(err, r.close()) }()
	var kernels, roots []int
	defer func() { err = errors.Join(err, closeAll(kernels), closeAll(roots)) }()
	for _, mount := range mounts {
		kernel, root, err := attach(box, files, mount)
		if err != nil {
			return fmt.Errorf("%s: %w", mount.Path, err)
		}
		kernels, roots = append(kernels, kernel), append(roots, root)
	}
	if err := relay.Give(r.socket, kernels, roots); err != nil {
		return err
	}
	return attachPrivate(box, files, mounts)
}

func (r *Relay) close() error {
	err := unix.Close(r.socket)
	r.socket = -1
	return err
}

func closeAll(files []int) (err error) {
	for _, fd := range files {
		err = errors.Join(err, unix.Close(fd))
	}
	return err
}
