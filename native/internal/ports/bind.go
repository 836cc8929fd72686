package ports

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
)

const (
	// nearby numbers are tried before any.
	nearby = 16
	// anyTries are for a number that is free at one address and taken at the other.
	anyTries = 8
	// firstFree is the first number that needs no privilege; shift makes 8080 of 80 and 8443 of 443.
	firstFree = 1024
	shift     = 8000
)

// bound are the sockets of one published port: one for each address.
type bound struct {
	port      uint16
	streams   []net.Listener
	datagrams []*net.UDPConn
}

// bind opens the wished port or, when it is taken, another. The sockets end with ctx.
func bind(ctx context.Context, request *machinev1.PortRequest) (*bound, error) {
	wished := uint16(request.GetHost())
	err := error(syscall.EADDRINUSE)
	for _, port := range candidates(wished) {
		var found *bound
		if found, err = bindAt(ctx, request, port); err == nil {
			return found, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, err
		}
	}
	return nil, err
}

// candidates begins with the wish and ends with any number.
func candidates(wished uint16) []uint16 {
	numbers := make([]uint16, 0, 1+nearby+anyTries)
	if wished != 0 {
		numbers = append(numbers, wished)
		next := int(wished) + 1
		if wished < firstFree {
			next = int(wished) + shift
		}
		for ; len(numbers) <= nearby && next < 1<<16; next++ {
			numbers = append(numbers, uint16(next))
		}
	}
	return append(numbers, make([]uint16, anyTries)...)
}

// bindAt opens the port at each address. Where there is no IPv6, localhost is 127.0.0.1 alone.
func bindAt(ctx context.Context, request *machinev1.PortRequest, port uint16) (*bound, error) {
	found := &bound{port: port}
	if request.GetAddress() != "" {
		address, err := netip.ParseAddr(request.GetAddress())
		if err != nil {
			return nil, errors.New("not an IP address")
		}
		if err := found.open(ctx, request, address); err != nil {
			return nil, err
		}
		return found, nil
	}
	if err := found.open(ctx, request, netip.AddrFrom4([4]byte{127, 0, 0, 1})); err != nil {
		return nil, err
	}
	err := found.open(ctx, request, netip.IPv6Loopback())
	if err == nil || errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) {
		return found, nil
	}
	found.close()
	return nil, err
}

func (b *bound) open(ctx context.Context, request *machinev1.PortRequest, address netip.Addr) error {
	var config net.ListenConfig
	at := netip.AddrPortFrom(address, b.port).String()
	if datagrams(request.GetProtocol()) {
		packets, err := config.ListenPacket(ctx, "udp", at)
		if err != nil {
			return err
		}
		conn := packets.(*net.UDPConn) // what "udp" makes
		b.port = conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		b.datagrams = append(b.datagrams, conn)
		return nil
	}
	listener, err := config.Listen(ctx, "tcp", at)
	if err != nil {
		return err
	}
	b.port = listener.Addr().(*net.TCPAddr).AddrPort().Port()
	b.streams = append(b.streams, listener)
	return nil
}

func (b *bound) close() {
	for _, listener := range b.streams {
		_ = listener.Close()
	}
	for _, conn := range b.datagrams {
		_ = conn.Close()
	}
}

// named is a failure to publish in the catalogue's terms.
func named(request *machinev1.PortRequest, err error) error {
	if errors.Is(err, syscall.EACCES) && request.GetHost() != 0 && request.GetHost() < firstFree {
		return failure.New(failurev1.Code_CODE_PORT_PRIVILEGED, strconv.Itoa(int(request.GetHost())), nil)
	}
	if sys, ok := errors.AsType[syscall.Errno](err); ok {
		err = sys
	}
	return failure.New(failurev1.Code_CODE_PORT, subject(request), err)
}

func subject(request *machinev1.PortRequest) string {
	port := strconv.Itoa(int(request.GetHost()))
	if request.GetAddress() == "" {
		return port
	}
	return net.JoinHostPort(request.GetAddress(), port)
}
