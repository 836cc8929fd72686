// Package wire carries Ethernet frames to and from one guest, over a datagram socket whose other end is
// the guest's network device.
package wire

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"

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
	queue chan []byte
	bytes atomic.Int64 // in queue
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
	w := &Wire{conn: conn, queue: make(chan []byte, queued), done: make(chan struct{})}
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

// Offer passes a copy of a frame on without waiting. It tells whether there was room.
func (w *Wire) Offer(frame []byte) bool {
	if w.bytes.Load() > queuedBytes {
		return false
	}
	select {
	case w.queue <- append([]byte(nil), frame...):
		w.bytes.Add(int64(len(frame)))
		return true
	default:
		return false
	}
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
		case frame := <-w.queue:
			w.bytes.Add(-int64(len(frame)))
			// An error is the end of the device, or of this wire: who reads is told.
			_ = w.Write(frame)
		case <-w.done:
			return
		}
	}
}

// buffers are for frames that are put together from parts.
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
