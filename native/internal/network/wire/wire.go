// Package wire carries Ethernet frames to and from one guest, over a datagram socket whose other end is
// the guest's network device.
package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/network/frames"
)

const (
	// queued and queuedBytes bound what other guests have sent and this one has not taken yet. Like a
	// full switch, a full queue drops.
	queued      = 1024
	queuedBytes = 4 << 20
)

// Wire is one guest's. Any number may write at once; one reads.
type Wire struct {
	conn  *net.UnixConn
	raw   syscall.RawConn // the connection's
	queue chan waiting
	late  atomic.Int64 // frames that are in queue, or taken from it and not written yet
	bytes atomic.Int64 // of those in queue
	done  chan struct{}
	close sync.Once
}

// New takes the socket over.
func New(socket *os.File) (*Wire, error) {
	defer socket.Close()
	made, err := net.FileConn(socket)
	if err != nil {
		return nil, err
	}
	conn, ok := made.(*net.UnixConn)
	if !ok || conn.LocalAddr().Network() != "unixgram" {
		return nil, errors.Join(fmt.Errorf("%s is no datagram socket", made.LocalAddr().Network()), made.Close())
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	w := &Wire{conn: conn, raw: raw, queue: make(chan waiting, queued), done: make(chan struct{})}
	go w.drain()
	return w, nil
}

// Read waits for a frame, which may be empty, and cuts off what buffer does not hold.
func (w *Wire) Read(buffer []byte) (int, error) { return w.conn.Read(buffer) }

// Write waits until the guest's device takes the frame. A guest that takes none holds up who writes to it.
func (w *Wire) Write(frame []byte) error {
	if len(frame) == 0 {
		return nil // would mean the end to the device
	}
	_, err := w.conn.Write(frame)
	return err
}

// Offer passes a frame on without waiting: at once, or a copy when the device has no room for it now. It tells
// whether there was room somewhere. What one goroutine offers stays in its order.
func (w *Wire) Offer(frame []byte) bool {
	if w.late.Load() == 0 && w.writeNow(frame) {
		return true
	}
	if w.bytes.Load() > queuedBytes {
		return false
	}
	w.late.Add(1)
	kept := keep(frame)
	select {
	case w.queue <- kept:
		w.bytes.Add(int64(len(frame)))
		return true
	default:
		kept.release()
		w.late.Add(-1)
		return false
	}
}

// writeNow tells whether the frame was written. It does not take its turn among those who wait in Write.
func (w *Wire) writeNow(frame []byte) (written bool) {
	err := w.raw.Control(func(fd uintptr) {
		_, err := unix.Write(int(fd), frame)
		written = err == nil
	})
	return err == nil && written
}

// Close ends reading and writing.
func (w *Wire) Close() {
	w.close.Do(func() {
		close(w.done)
		w.conn.Close()
	})
}

func (w *Wire) drain() {
	for {
		select {
		case kept := <-w.queue:
			w.bytes.Add(-int64(len(kept.frame)))
			// An error is the end of the device, or of this wire: who reads is told.
			_ = w.Write(kept.frame)
			kept.release()
			w.late.Add(-1)
		case <-w.done:
			return
		}
	}
}

// waiting is a frame in the queue.
type waiting struct {
	frame  []byte
	buffer *[frames.MaxSize]byte // that the frame is in; nil: memory of its own
}

// large frames share buffers, of which each is some four times as much at most.
const large = frames.MaxSize / 4

// keep copies a frame.
func keep(frame []byte) waiting {
	if len(frame) >= large {
		if buffer, ok := buffers.Get().(*[frames.MaxSize]byte); ok {
			return waiting{buffer[:copy(buffer[:], frame)], buffer}
		}
	}
	return waiting{frame: bytes.Clone(frame)}
}

func (k waiting) release() {
	if k.buffer != nil {
		buffers.Put(k.buffer)
	}
}

// buffers are for frames that wait, or that are put together from parts.
var buffers = sync.Pool{New: func() any { return new([frames.MaxSize]byte) }}

// Assemble writes a frame of parts, with room for the header before them.
func (w *Wire) Assemble(header func([]byte), parts [][]byte) error {
	buffer, ok := buffers.Get().(*[frames.MaxSize]byte)
	if !ok {
		return errors.ErrUnsupported
	}
	defer buffers.Put(buffer)
	header(buffer[:frames.HeaderSize])
	size := frames.HeaderSize
	for _, part := range parts {
		if size+len(part) > len(buffer) {
			return errors.New("larger than a frame")
		}
		size += copy(buffer[size:], part)
	}
	return w.Write(buffer[:size])
}
