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

// Relay is the process that carries the volumes' messages.
type Relay struct {
	pid    int
	socket int
	staged []int // by number: mounts that it carries already, for the first volumes
	used   bool  // by a sandbox
}

const program = "/relay"

// StartRelay answers when the process has nothing more to do than to wait, and carries so many mounts already.
func StartRelay(ready int) (*Relay, error) {
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
		return nil, errors.Join(fmt.Errorf("start %s: %w", program, err), unix.Close(r.socket))
	}
	if err := r.stage(ready); err != nil {
		return nil, errors.Join(fmt.Errorf("stage mounts: %w", err), r.End())
	}
	return r, nil
}

// Used tells whether a sandbox has had volumes.
func (r *Relay) Used() bool { return r.used }

// End ends the process. Its mounts must not be in any sandbox any more.
func (r *Relay) End() error {
	if err := unix.Kill(r.pid, unix.SIGKILL); err != nil {
		return fmt.Errorf("end %s: %w", program, err)
	}
	// The next one can have the port when all threads of this one have let go of it.
	for {
		if _, err := unix.Wait4(r.pid, nil, 0, nil); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	return errors.Join(unix.Close(r.socket), r.unstage())
}

// Attach gives a sandbox its mounts, once. The process goes on by itself.
func (r *Relay) Attach(box Sandbox, files *tree.Tree, mounts []Mount) (err error) {
	r.used = true
	var made []relay.Mount
	defer func() { err = errors.Join(err, closeAll(made)) }()
	for number, mount := range mounts {
		if number < len(r.staged) && !mount.File {
			err = attachStaged(box, files, mount, r.staged[number])
		} else {
			fresh := relay.Mount{Number: number}
			if fresh.Kernel, fresh.Root, err = attach(box, files, mount); err == nil {
				made = append(made, fresh)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", mount.Path, err)
		}
	}
	if len(made) > 0 {
		if err := relay.Give(r.socket, made); err != nil {
			return err
		}
	}
	return attachPrivate(box, files, mounts)
}

func closeAll(mounts []relay.Mount) (err error) {
	for _, mount := range mounts {
		err = errors.Join(err, unix.Close(mount.Kernel), unix.Close(mount.Root))
	}
	return err
}
