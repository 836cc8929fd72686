package watch

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// queue is an inotify instance that wakes the agent only while somebody waits in read. In Go's own
// poller each event would wake a thread, which costs an emulated guest more than the event itself.
type queue struct {
	inotify *os.File // blocking, so that Go's poller leaves it alone; read only when it has events
	armed   *os.File // an epoll instance with inotify in it, one shot at a time
}

func openQueue() (*queue, error) {
	inotify, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("inotify: %w", err)
	}
	q := &queue{inotify: os.NewFile(uintptr(inotify), "inotify")}
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("epoll: %w", err), q.inotify.Close())
	}
	err = errors.Join(control(epoll, unix.EPOLL_CTL_ADD, inotify, 0), unix.SetNonblock(epoll, true))
	q.armed = os.NewFile(uintptr(epoll), "epoll")
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	return q, nil
}

// read waits for events.
func (q *queue) read(buffer []byte) (int, error) {
	raw, err := q.armed.SyscallConn()
	if err != nil {
		return 0, err
	}
	inotify, err := q.inotify.SyscallConn()
	if err != nil {
		return 0, err
	}
	var armErr error
	err = raw.Control(func(epoll uintptr) {
		err := inotify.Control(func(fd uintptr) {
			armErr = control(int(epoll), unix.EPOLL_CTL_MOD, int(fd), unix.EPOLLIN|unix.EPOLLONESHOT)
		})
		armErr = errors.Join(err, armErr)
	})
	if err = errors.Join(err, armErr); err != nil {
		return 0, err
	}
	var waitErr error
	err = raw.Read(func(epoll uintptr) bool {
		var n int
		n, waitErr = unix.EpollWait(int(epoll), make([]unix.EpollEvent, 1), 0)
		return n > 0 || waitErr != nil && !errors.Is(waitErr, unix.EINTR)
	})
	if err = errors.Join(err, waitErr); err != nil {
		return 0, err
	}
	return q.inotify.Read(buffer)
}

// Close ends a read that waits.
func (q *queue) Close() error { return errors.Join(q.armed.Close(), q.inotify.Close()) }

func control(epoll, operation, fd int, events uint32) error {
	if err := unix.EpollCtl(epoll, operation, fd, &unix.EpollEvent{Events: events}); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}
