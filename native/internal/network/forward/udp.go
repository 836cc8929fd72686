package forward

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"
	"sandboxfile/native/internal/network/policy"
	"sandboxfile/native/internal/network/stack"
)

// idleTime is after how long without a datagram a session is forgotten.
const idleTime = 60 * time.Second

// associate begins a session: the datagrams between one port of the guest and one of another host. What
// may not be is answered as by a host that does not listen.
func (f *Forwarder) associate(request *udp.ForwarderRequest) bool {
	id := request.ID()
	to, decision := f.guest.Ask(policy.UDP, netip.AddrPortFrom(stack.Plain(id.LocalAddress), id.LocalPort))
	if !decision.Allow || !f.enter(&f.sessions, f.limits.Sessions) {
		return false
	}
	queue := &waiter.Queue{}
	host, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(outside(to)))
	if err != nil {
		f.sessions.Add(-1)
		return false
	}
	endpoint, failed := request.CreateEndpoint(queue)
	if failed != nil {
		host.Close()
		f.sessions.Add(-1)
		return true
	}
	f.Counters.Sessions.Add(1)
	go func() {
		defer f.sessions.Add(-1)
		s := &session{endpoint: endpoint, queue: queue, host: host}
		s.live(f.ctx)
	}()
	return true
}

// session ends when nothing came either way for idleTime.
type session struct {
	endpoint tcpip.Endpoint
	queue    *waiter.Queue
	host     *net.UDPConn
	last     atomic.Int64 // when something came, Unix nanoseconds
}

func (s *session) live(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	unhook := context.AfterFunc(ctx, func() { s.host.Close() })
	defer unhook()
	defer s.endpoint.Close()
	s.touch()
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		defer cancel()
		s.inward()
	}()
	s.outward(ctx)
	cancel()
	<-answers
}

func (s *session) touch() { s.last.Store(time.Now().UnixNano()) }

func (s *session) idle() time.Duration { return time.Since(time.Unix(0, s.last.Load())) }

// outward carries the guest's datagrams until ctx ends or the session is idle.
func (s *session) outward(ctx context.Context) {
	entry, readable := waiter.NewChannelEntry(waiter.ReadableEvents)
	s.queue.EventRegister(&entry)
	defer s.queue.EventUnregister(&entry)
	timer := time.NewTimer(idleTime)
	defer timer.Stop()
	for {
		for s.send() {
			s.touch()
		}
		select {
		case <-readable:
		case <-ctx.Done():
			return
		case <-timer.C:
			left := idleTime - s.idle()
			if left <= 0 {
				return
			}
			timer.Reset(left)
		}
	}
}

// send passes one datagram on, if there is one.
func (s *session) send() bool {
	chunk, ok := chunks.Get().(*[64 << 10]byte)
	if !ok {
		return false
	}
	defer chunks.Put(chunk)
	writer := tcpip.SliceWriter(chunk[:])
	result, err := s.endpoint.Read(&writer, tcpip.ReadOptions{})
	if err != nil {
		return false
	}
	// What the host cannot send is lost, as datagrams are.
	_, _ = s.host.Write(chunk[:result.Count])
	return true
}

// inward carries answers until the socket is closed.
func (s *session) inward() {
	source, err := s.host.SyscallConn()
	if err != nil {
		return
	}
	for {
		_, err := receive(source.Read, func(data []byte) error {
			s.touch()
			s.deliver(data)
			return nil
		})
		// That nobody listens is no reason to stop asking.
		if err != nil && !errors.Is(err, unix.ECONNREFUSED) {
			return
		}
	}
}

func (s *session) deliver(data []byte) {
	// A guest that is not reading loses datagrams.
	_, _ = s.endpoint.Write(bytes.NewReader(data), tcpip.WriteOptions{})
}
