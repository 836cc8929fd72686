// Package ports publishes servers of the guest on the host: what connects to a port of the host is
// carried to a port of the guest's loopback, through the agent. No network of the guest is needed.
package ports

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
)

const (
	// MaxPublished bounds the ports of one sandbox.
	MaxPublished = 128
	// maxConnections of all ports together; more wait in the host's kernel to be accepted.
	maxConnections = 256
	// maxConversations of datagrams of all ports together; the longest silent one makes room.
	maxConversations = 64
)

// Table is what one sandbox publishes. It accepts at once, and connections wait for the guest.
type Table struct {
	// Changed is called, in order, with all that is published.
	changed func([]*machinev1.PublishedPort)

	guest     agentv1connect.DialServiceClient // set when arrived is closed
	arrived   chan struct{}
	ctx       context.Context // of everything
	stop      context.CancelFunc
	slots     chan struct{}
	talks     conversations
	accepting sync.WaitGroup

	mu        sync.Mutex // guards published and orders calls of changed
	published []*entry
}

// entry is one published port.
type entry struct {
	port    *machinev1.PublishedPort
	sockets *bound
	cancel  context.CancelFunc // of all connections
}

// New makes an empty table.
func New(changed func([]*machinev1.PublishedPort)) *Table {
	ctx, stop := context.WithCancel(context.Background())
	return &Table{
		changed: changed, arrived: make(chan struct{}), ctx: ctx, stop: stop,
		slots: make(chan struct{}, maxConnections), talks: newConversations(maxConversations),
	}
}

// Serve lets connections through to the guest's agent. It is called once.
func (t *Table) Serve(agent connect.HTTPClient) {
	t.guest = newGuest(agent)
	close(t.arrived)
}

// Publish opens a port, on another number when the wished one is taken.
func (t *Table) Publish(request *machinev1.PortRequest) (*machinev1.PublishedPort, error) {
	if err := check(request); err != nil {
		return nil, failure.New(failurev1.Code_CODE_PORT, subject(request), err)
	}
	request = proto.CloneOf(request)
	if request.GetProtocol() == machinev1.PortProtocol_PORT_PROTOCOL_UNSPECIFIED {
		request.Protocol = machinev1.PortProtocol_PORT_PROTOCOL_TCP
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx.Err() != nil {
		return nil, failure.New(failurev1.Code_CODE_STOPPED, "", nil)
	}
	for _, known := range t.published {
		if proto.Equal(known.port.GetRequest(), request) {
			return known.port, nil
		}
	}
	if len(t.published) == MaxPublished {
		return nil, failure.New(failurev1.Code_CODE_LIMIT, "published ports", nil)
	}
	ctx, cancel := context.WithCancel(t.ctx)
	sockets, err := bind(ctx, request)
	if err != nil {
		cancel()
		return nil, named(request, err)
	}
	port := &machinev1.PublishedPort{Request: request, Host: uint32(sockets.port)}
	for _, listener := range sockets.streams {
		t.accepting.Go(func() { t.accept(ctx, listener, request.GetGuest()) })
	}
	for _, conn := range sockets.datagrams {
		t.accepting.Go(func() { t.receive(ctx, conn, request.GetGuest()) })
	}
	t.published = append(t.published, &entry{port, sockets, cancel})
	t.tell()
	return port, nil
}

// Withdraw closes a port and its connections. When it returns nobody listens there.
func (t *Table) Withdraw(host uint32, protocol machinev1.PortProtocol) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.published, func(known *entry) bool {
		return known.port.GetHost() == host && datagrams(known.port.GetRequest().GetProtocol()) == datagrams(protocol)
	})
	if at < 0 {
		return failure.New(failurev1.Code_CODE_PORT_UNKNOWN, fmt.Sprint(host), nil)
	}
	// First: who closes second does not wait.
	t.published[at].sockets.close()
	t.published[at].cancel()
	t.published = slices.Delete(t.published, at, at+1)
	t.tell()
	return nil
}

// Close withdraws all. When it returns nothing listens.
func (t *Table) Close() {
	t.mu.Lock()
	t.stop()
	t.published = nil
	t.mu.Unlock()
	t.accepting.Wait()
}

func (t *Table) tell() {
	all := make([]*machinev1.PublishedPort, len(t.published))
	for i, known := range t.published {
		all[i] = known.port
	}
	t.changed(all)
}

func check(request *machinev1.PortRequest) error {
	const maxPort = 1<<16 - 1
	if guest := request.GetGuest(); guest == 0 || guest > maxPort {
		return fmt.Errorf("%d is not a port", guest)
	}
	if host := request.GetHost(); host > maxPort {
		return fmt.Errorf("%d is not a port", host)
	}
	if machinev1.PortProtocol_name[int32(request.GetProtocol())] == "" {
		return errors.New("not a protocol")
	}
	return nil
}

func datagrams(protocol machinev1.PortProtocol) bool {
	return protocol == machinev1.PortProtocol_PORT_PROTOCOL_UDP
}
