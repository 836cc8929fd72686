package watch

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"path"
	"time"

	"golang.org/x/sys/unix"
)

const eventBuffer = 64 << 10

// pause is how long changes gather before the next delivery. The first change after a quiet time is
// delivered at once.
const pause = 20 * time.Millisecond

// Run delivers changes until the watched path itself is gone, deliver fails, or the watch is closed.
// While deliver blocks the kernel gathers changes, and says so when they become too many.
func (w *Watch) Run(ctx context.Context, deliver func([]Change) error) error {
	stop := context.AfterFunc(ctx, func() { _ = w.Close() })
	defer stop()
	gathered := newBatch(deliver)
	buffer := make([]byte, eventBuffer)
	for {
		n, err := w.queue.read(buffer)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
		err = w.handleAll(ctx, buffer[:n], gathered.add)
		if err == nil || errors.Is(err, errRootGone) {
			err = errors.Join(err, gathered.flush())
		}
		switch {
		case errors.Is(err, errRootGone):
			return nil
		case err != nil:
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (w *Watch) handleAll(ctx context.Context, events []byte, report func(Change) error) error {
	for len(events) >= unix.SizeofInotifyEvent {
		event := parse(events)
		events = events[unix.SizeofInotifyEvent+event.nameLength:]
		if err := w.handle(ctx, event, report); err != nil {
			return err
		}
	}
	return nil
}

var errRootGone = errors.New("the watched path is gone")

type event struct {
	wd         int32
	mask       uint32
	nameLength int
	name       string
}

func parse(data []byte) event {
	ne := binary.NativeEndian
	length := int(ne.Uint32(data[12:]))
	name, _, _ := bytes.Cut(data[unix.SizeofInotifyEvent:unix.SizeofInotifyEvent+length], []byte{0})
	return event{int32(ne.Uint32(data)), ne.Uint32(data[4:]), length, string(name)}
}

func (w *Watch) handle(ctx context.Context, e event, report func(Change) error) error {
	if e.mask&unix.IN_Q_OVERFLOW != 0 {
		return report(Change{Kind: Lost})
	}
	dir, known := w.paths[e.wd]
	if !known {
		return nil
	}
	name := dir
	if e.name != "" {
		name = path.Join(dir, e.name)
	}
	isDir := e.mask&unix.IN_ISDIR != 0
	switch {
	case e.mask&(unix.IN_DELETE_SELF|unix.IN_MOVE_SELF|unix.IN_UNMOUNT) != 0:
		if e.wd != w.root {
			return nil // its parent tells
		}
		if err := report(Change{Deleted, name}); err != nil {
			return err
		}
		return errRootGone
	case e.mask&unix.IN_IGNORED != 0:
		delete(w.paths, e.wd)
		return nil
	case e.mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0:
		if err := report(Change{Created, name}); err != nil {
			return err
		}
		if isDir && w.recursive {
			return w.enter(ctx, name, report)
		}
		return nil
	case e.mask&(unix.IN_DELETE|unix.IN_MOVED_FROM) != 0:
		if isDir {
			w.forget(name)
		}
		return report(Change{Deleted, name})
	case e.mask&(unix.IN_MODIFY|unix.IN_ATTRIB|unix.IN_CLOSE_WRITE) != 0:
		return report(Change{Changed, name})
	}
	return nil
}

// enter watches a directory that has appeared. What could not be watched is reported as lost.
func (w *Watch) enter(ctx context.Context, name string, report func(Change) error) error {
	_, err := w.add(name)
	if err == nil {
		err = w.descend(ctx, name, report)
	}
	switch {
	case ignoreVanished(err) == nil:
		return nil
	case errors.Is(err, ErrTooMany), errors.Is(err, unix.ENOSPC):
		return report(Change{Kind: Lost})
	}
	return err
}
