package link

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"

	"golang.org/x/net/http2"
)

// The guest is hostile: what it can make the host keep is hostStreams times hostStreamWindow,
// whatever it sends.
const (
	// hostStreams bounds front ends' calls under way. The supervisor's own always find a place beside
	// them.
	hostStreams = 128
	// hostStreamWindow is what the guest may send ahead on one stream.
	hostStreamWindow = 512 << 10
	// hostHeaders bounds one answer's headers.
	hostHeaders = 32 << 10
)

// BaseURL is where the agent's services are; the host name is nobody's.
const BaseURL = "http://agent"

// ErrBusy is the answer to a call too many.
var ErrBusy = errors.New("too many calls to the guest at once")

// Client is the connection to one agent. Used as it is, for the supervisor's own few calls, it
// never refuses one.
type Client struct {
	wire *watchedConn
	open func() (*http2.ClientConn, error)
}

// Open makes a client that starts HTTP/2 on conn with its first call: a guest that nobody wants anything
// of has nothing to do. The first call may be made at once; it waits in the wire until the agent serves it.
func Open(conn net.Conn) *Client {
	wire := &watchedConn{Conn: conn, lost: make(chan struct{})}
	return &Client{wire, sync.OnceValues(func() (*http2.ClientConn, error) { return start(wire) })}
}

func start(wire *watchedConn) (*http2.ClientConn, error) {
	transport, err := http2.ConfigureTransports(&http.Transport{
		HTTP2:              &http.HTTP2Config{MaxReceiveBufferPerStream: hostStreamWindow},
		DisableCompression: true,
	})
	if err != nil {
		return nil, err
	}
	transport.AllowHTTP = true
	transport.MaxReadFrameSize = FrameBytes
	transport.MaxHeaderListSize = hostHeaders
	return transport.NewClientConn(wire)
}

// Lost is closed when the connection has ended: by the VMM's end or by a breach of HTTP/2.
func (c *Client) Lost() <-chan struct{} { return c.wire.lost }

// Close ends the connection and every call on it.
func (c *Client) Close() error { return c.wire.Close() }

// Do is connect.HTTPClient.
func (c *Client) Do(request *http.Request) (*http.Response, error) {
	conn, err := c.open()
	if err != nil {
		return nil, err
	}
	return conn.RoundTrip(whole(request))
}

// Settle returns when the agent is done with what was asked of it before, its last words included.
func (c *Client) Settle(ctx context.Context) error {
	conn, err := c.open()
	if err != nil {
		return err
	}
	return conn.Ping(ctx)
}

// Relayed is the connection for front ends' calls, which are bounded in number.
type Relayed struct {
	*Client
	slots chan struct{}
}

// Relayed makes the one place through which front ends' calls go.
func (c *Client) Relayed() *Relayed {
	return &Relayed{Client: c, slots: make(chan struct{}, hostStreams)}
}

// RoundTrip is http.RoundTripper.
func (r *Relayed) RoundTrip(request *http.Request) (*http.Response, error) {
	select {
	case r.slots <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	response, err := r.Client.Do(request)
	if err != nil {
		<-r.slots
		return nil, err
	}
	response.Body = &slotBody{ReadCloser: response.Body, free: sync.OnceFunc(func() { <-r.slots })}
	return response, nil
}

// Do is connect.HTTPClient.
func (r *Relayed) Do(request *http.Request) (*http.Response, error) { return r.RoundTrip(request) }

// slotBody frees the call's place when the body is closed.
type slotBody struct {
	io.ReadCloser
	free func()
}

func (b *slotBody) Close() error {
	defer b.free()
	return b.ReadCloser.Close()
}

// watchedConn tells when HTTP/2 has given the connection up.
type watchedConn struct {
	net.Conn
	once sync.Once
	lost chan struct{}
}

func (c *watchedConn) Close() error {
	c.once.Do(func() { close(c.lost) })
	return c.Conn.Close()
}
