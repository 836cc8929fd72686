package forward

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// half is the guest's half of a connection.
type half struct {
	endpoint tcpip.Endpoint
	queue    *waiter.Queue
}

// chunks are for bytes on their way. An idle connection has none.
var chunks = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// pump carries bytes both ways until both sides have ended, one has broken or ctx ends. It owns guest.
func pump(ctx context.Context, guest *half, host *net.TCPConn) {
	defer guest.endpoint.Close()
	unhook := context.AfterFunc(ctx, func() { host.Close() })
	defer unhook()
	// A writer that waits for the host learns only here that the guest has broken off.
	broken := waiter.NewFunctionEntry(waiter.EventErr|waiter.EventHUp, func(waiter.EventMask) {
		if tcp.EndpointState(guest.endpoint.State()) == tcp.StateError {
			host.Close()
		}
	})
	guest.queue.EventRegister(&broken)
	defer guest.queue.EventUnregister(&broken)
	var ways sync.WaitGroup
	ways.Go(func() {
		if err := guest.copyTo(ctx, host); err != nil {
			host.Close()
			return
		}
		_ = host.CloseWrite()
	})
	if err := guest.copyFrom(ctx, host); err != nil {
		host.Close()
		guest.endpoint.Abort()
	} else {
		_ = guest.endpoint.Shutdown(tcpip.ShutdownWrite)
	}
	ways.Wait()
}

var errBroken = errors.New("the guest's connection is broken")

// copyTo ends without an error when the guest has sent everything.
func (h *half) copyTo(ctx context.Context, host io.Writer) error {
	entry, readable := waiter.NewChannelEntry(waiter.ReadableEvents | waiter.EventHUp)
	h.queue.EventRegister(&entry)
	defer h.queue.EventUnregister(&entry)
	for {
		_, err := h.endpoint.Read(host, tcpip.ReadOptions{})
		switch err.(type) {
		case nil:
		case *tcpip.ErrWouldBlock:
			select {
			case <-readable:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		case *tcpip.ErrClosedForReceive:
			return nil
		default:
			return errBroken
		}
	}
}

// copyFrom ends without an error when the host's side has sent everything.
func (h *half) copyFrom(ctx context.Context, host *net.TCPConn) error {
	entry, writable := waiter.NewChannelEntry(waiter.WritableEvents | waiter.EventHUp)
	h.queue.EventRegister(&entry)
	defer h.queue.EventUnregister(&entry)
	source, err := host.SyscallConn()
	if err != nil {
		return err
	}
	for {
		ended, err := receive(source.Read, func(data []byte) error { return h.write(ctx, data, writable) })
		if err != nil || ended {
			return err
		}
	}
}

func (h *half) write(ctx context.Context, data []byte, writable <-chan struct{}) error {
	for reader := bytes.NewReader(data); reader.Len() > 0; {
		_, err := h.endpoint.Write(reader, tcpip.WriteOptions{})
		switch err.(type) {
		case nil:
		case *tcpip.ErrWouldBlock:
			select {
			case <-writable:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		default:
			return errBroken
		}
	}
	return nil
}

// receive waits until the socket has something and hands it to use. A buffer is taken only then: most
// connections wait most of the time.
func receive(wait func(func(fd uintptr) bool) error, use func([]byte) error) (ended bool, err error) {
	var chunk *[64 << 10]byte
	var n int
	var failed error
	waited := wait(func(fd uintptr) bool {
		taken, ok := chunks.Get().(*[64 << 10]byte)
		if !ok {
			failed = errors.ErrUnsupported
			return true
		}
		for {
			if n, failed = unix.Read(int(fd), taken[:]); !errors.Is(failed, unix.EINTR) {
				break
			}
		}
		if errors.Is(failed, unix.EAGAIN) {
			chunks.Put(taken)
			return false
		}
		chunk = taken
		return true
	})
	if chunk != nil {
		defer chunks.Put(chunk)
	}
	if err := errors.Join(waited, failed); err != nil {
		return false, err
	}
	if n == 0 {
		return true, nil
	}
	return false, use(chunk[:n])
}
