package secrets

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// session is one connection of a guest's whose TLS ends here.
type session struct {
	net.Conn
	name      string
	port      uint16
	transport *http.Transport
	closed    chan struct{}
	once      sync.Once

	mu    sync.Mutex
	hosts map[net.Conn]struct{} // nil: it has ended
}

type sessionKey struct{}

func sessionOf(ctx context.Context) *session {
	s, _ := ctx.Value(sessionKey{}).(*session)
	return s
}

// newSession reaches the host by dial, and nothing else. The host has to prove that it is name.
func newSession(guest net.Conn, name string, port uint16, dial func(context.Context) (net.Conn, error)) *session {
	s := &session{Conn: guest, name: name, port: port, closed: make(chan struct{}), hosts: make(map[net.Conn]struct{})}
	s.transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := dial(ctx)
			if err != nil {
				return nil, err
			}
			return s.own(conn)
		},
		TLSClientConfig:   &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true, DisableCompression: true, TLSHandshakeTimeout: headTime, IdleConnTimeout: idleTime,
		MaxConnsPerHost: maxUpstream, MaxIdleConnsPerHost: maxUpstream, MaxResponseHeaderBytes: maxAnswerHead,
	}
	return s
}

// Close ends the session, and its connections to the host.
func (s *session) Close() error {
	err := s.Conn.Close()
	s.once.Do(func() { close(s.closed) })
	s.mu.Lock()
	hosts := s.hosts
	s.hosts = nil
	s.mu.Unlock()
	for conn := range hosts {
		conn.Close()
	}
	return err
}

// own has the connection end with the session.
func (s *session) own(conn net.Conn) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hosts == nil {
		conn.Close()
		return nil, net.ErrClosed
	}
	s.hosts[conn] = struct{}{}
	return &hostConn{conn, s}, nil
}

type hostConn struct {
	net.Conn
	session *session
}

func (c *hostConn) Close() error {
	c.session.mu.Lock()
	delete(c.session.hosts, c.Conn)
	c.session.mu.Unlock()
	return c.Conn.Close()
}
