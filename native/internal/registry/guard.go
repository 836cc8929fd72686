package registry

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// RefusedError is an answer of a registry that is not to be followed or used.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }

func refuse(format string, arguments ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, arguments...)}
}

// plainError is apart because plain http is also tried where TLS has failed, and that is the news.
type plainError struct{ host string }

func (e *plainError) Error() string {
	return "plain http to " + e.host + ` is not allowed; "insecure" in registries.json would`
}

// reach tells how far away an address is. A registry may send its client as far as itself is or
// farther, but not closer: a public one not into the user's network, none but the machine's own to
// the machine, and no one to where cloud machines find their credentials.
type reach int32

const (
	public reach = iota
	private
	loopback
	linkLocal
)

func reachOf(address netip.Addr) reach {
	address = address.Unmap()
	switch {
	case address.IsLinkLocalUnicast() || address.IsMulticast() || address == metadata6:
		return linkLocal
	case address.IsLoopback() || address.IsUnspecified():
		return loopback
	case address.IsPrivate() || carrierNAT.Contains(address):
		return private
	}
	return public
}

var (
	metadata6  = netip.MustParseAddr("fd00:ec2::254")
	carrierNAT = netip.MustParsePrefix("100.64.0.0/10")
)

// guard keeps requests from leaving for where a registry may not send them.
type guard struct {
	origin   origin
	plain    func(host string) bool
	reach    atomic.Int32 // of the origin, once it was reached
	proxies  sync.Map     // host and port of those that the user's environment names
	inner    *http.Transport
	deadline time.Duration // to connect
}

func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	switch request.URL.Scheme {
	case "https":
	case "http":
		if !g.plain(request.URL.Host) {
			return nil, &plainError{host: request.URL.Host}
		}
	default:
		return nil, refuse("redirect to %s://", request.URL.Scheme)
	}
	// Where a proxy connects, nobody here sees the address; what the URL says is checked at least.
	if !g.origin.is(withPort(request.URL.Host, request.URL.Scheme)) {
		name := request.URL.Hostname()
		address, err := netip.ParseAddr(name)
		switch {
		case err == nil:
			err = g.check(address)
		case isLoopbackName(name):
			err = g.check(netip.IPv6Loopback())
		default:
			err = nil
		}
		if err != nil {
			return nil, err
		}
	}
	return g.inner.RoundTrip(request)
}

func (g *guard) check(address netip.Addr) error {
	if found := reachOf(address); found == linkLocal || found > reach(g.reach.Load()) {
		return refuse("%s sends its clients to %s, which is not in its reach", g.origin.name, address)
	}
	return nil
}

// proxy remembers what may be connected to because the user's environment says so.
func (g *guard) proxy(request *http.Request) (*url.URL, error) {
	found, err := http.ProxyFromEnvironment(request)
	if err != nil || found == nil {
		return nil, err
	}
	port := found.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[found.Scheme]
	}
	g.proxies.Store(net.JoinHostPort(found.Hostname(), port), true)
	return found, nil
}

func (g *guard) dial(ctx context.Context, network, target string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: g.deadline}
	if _, named := g.proxies.Load(target); named {
		return dialer.DialContext(ctx, network, target)
	}
	if !g.origin.is(target) {
		dialer.ControlContext = func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
			address, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return err
			}
			return g.check(address.Addr())
		}
		return dialer.DialContext(ctx, network, target)
	}
	connection, err := dialer.DialContext(ctx, network, target)
	if err == nil {
		if address, err := netip.ParseAddrPort(connection.RemoteAddr().String()); err == nil {
			g.reach.Store(int32(reachOf(address.Addr())))
		}
	}
	return connection, err
}

// origin is the host that the user named, with its port; without one it has both usual ports.
type origin struct {
	name          string
	secure, plain string
}

func originOf(host string) origin {
	return origin{name: host, secure: withPort(host, "https"), plain: withPort(host, "http")}
}

func (o origin) is(target string) bool { return target == o.secure || target == o.plain }

func withPort(host, scheme string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	port := "443"
	if scheme == "http" {
		port = "80"
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}
