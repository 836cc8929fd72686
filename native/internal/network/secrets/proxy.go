package secrets

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// maxSessions are connections of one sandbox that are ended here at once; more are closed.
	maxSessions = 256
	// Of one connection: requests at once, and connections to the host that they may take.
	maxStreams, maxUpstream = 100, 16
	// Heads of requests and answers, in bytes.
	maxRequestHead, maxAnswerHead = 64 << 10, 256 << 10

	// headTime is for TLS, and for the head of a request that has begun.
	headTime = 30 * time.Second
	idleTime = 5 * time.Minute
)

// proxy is a web server that asks the named host for everything. One for all sessions of a sandbox.
type proxy struct {
	vault    *vault
	observer Observer
	sessions chan net.Conn
	places   chan struct{}
	server   *http.Server
	forward  *httputil.ReverseProxy
	ended    chan struct{}
	end      sync.Once
}

// silent keeps values out of logs: what the libraries say may quote what they carry.
var silent = log.New(io.Discard, "", 0)

func newProxy(v *vault, observer Observer) *proxy {
	p := &proxy{
		vault: v, observer: observer, ended: make(chan struct{}),
		sessions: make(chan net.Conn), places: make(chan struct{}, maxSessions),
	}
	p.forward = &httputil.ReverseProxy{
		Rewrite: p.rewrite, Transport: transport{}, FlushInterval: -1, ErrorLog: silent, ErrorHandler: explain,
		ModifyResponse: func(answer *http.Response) error {
			v.clean(answer.Header)
			return nil
		},
	}
	p.server = &http.Server{
		Handler: http.HandlerFunc(p.answer), ErrorLog: silent, MaxHeaderBytes: maxRequestHead,
		ReadHeaderTimeout: headTime, IdleTimeout: idleTime, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			if secured, ok := conn.(*tls.Conn); ok {
				return context.WithValue(ctx, sessionKey{}, secured.NetConn())
			}
			return ctx
		},
	}
	go func() { _ = p.server.Serve(p) }()
	return p
}

// serve returns when the guest's connection has ended.
func (p *proxy) serve(ctx context.Context, guest net.Conn, name string, port uint16, dial func(context.Context) (net.Conn, error)) {
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	default:
		return
	}
	s := newSession(guest, name, port, dial)
	defer s.Close()
	unhook := context.AfterFunc(ctx, func() { s.Close() })
	defer unhook()
	secured := tls.Server(s, &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.vault.leaves.For(name) },
	})
	select {
	case p.sessions <- secured:
		<-s.closed
	case <-p.ended:
	case <-ctx.Done():
	}
}

func (p *proxy) close() {
	p.end.Do(func() { close(p.ended) })
	_ = p.server.Close()
}

// Accept gives the server, whose listener the proxy is, the next session.
func (p *proxy) Accept() (net.Conn, error) {
	select {
	case conn := <-p.sessions:
		return conn, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

// Close is called by the server when it ends.
func (p *proxy) Close() error {
	p.end.Do(func() { close(p.ended) })
	return nil
}

// Addr is nowhere.
func (p *proxy) Addr() net.Addr { return &net.UnixAddr{} }

func (p *proxy) answer(to http.ResponseWriter, request *http.Request) {
	s := sessionOf(request.Context())
	switch {
	case s == nil || request.Method == http.MethodConnect:
		http.Error(to, "not supported", http.StatusMethodNotAllowed)
		return
	case !s.isAsked(request.Host):
		http.Error(to, "the request names another host than the connection", http.StatusMisdirectedRequest)
		return
	}
	// As in HTTP/2, the host may answer before it has heard everything.
	_ = http.NewResponseController(to).EnableFullDuplex()
	// What the host does not say is not guessed.
	to.Header()["Content-Type"] = nil
	careful := &writer{ResponseWriter: to, vault: p.vault}
	p.forward.ServeHTTP(careful, request)
	// What follows the body.
	p.vault.clean(to.Header())
}

// rewrite makes the host's request of the guest's. Nothing is added that would tell of the gateway.
func (p *proxy) rewrite(request *httputil.ProxyRequest) {
	s := sessionOf(request.In.Context())
	out := request.Out
	out.URL.Scheme, out.URL.Host, out.Host = "https", net.JoinHostPort(s.name, strconv.Itoa(int(s.port))), request.In.Host
	out.URL.RawQuery = request.In.URL.RawQuery
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := request.In.Header[name]; ok {
			out.Header[name] = append([]string(nil), values...)
		}
	}
	met, err := p.vault.fill(out, s.name, s.port)
	if err != nil {
		out.URL.Host = "" // the transport refuses it
	}
	for secret, allowed := range met {
		event := Event{Secret: secret.name, Host: s.name, Port: s.port}
		switch {
		case err != nil:
			event.Reason = err.Error()
		case !allowed:
			event.Reason = "not for this host"
		}
		p.observer.SecretMet(event)
	}
}

// transport sends each request over its session's connections.
type transport struct{}

func (transport) RoundTrip(request *http.Request) (*http.Response, error) {
	s := sessionOf(request.Context())
	if s == nil || request.URL.Host == "" {
		return nil, errTooMany
	}
	return s.transport.RoundTrip(request)
}

// explain answers for a host that cannot. It quotes nothing of the request.
func explain(to http.ResponseWriter, _ *http.Request, err error) {
	var unknown x509.UnknownAuthorityError
	var verification *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errTooMany):
		http.Error(to, errTooMany.Error(), http.StatusBadRequest)
	case errors.As(err, &unknown), errors.As(err, &verification):
		http.Error(to, "the sandbox's gateway does not trust the host's certificate", http.StatusBadGateway)
	default:
		http.Error(to, "the sandbox's gateway does not reach the host", http.StatusBadGateway)
	}
}

// isAsked tells whether a request is for the host that the connection asked for.
func (s *session) isAsked(written string) bool {
	name, _, err := net.SplitHostPort(written)
	if err != nil {
		name = written
	}
	return strings.EqualFold(strings.TrimSuffix(name, "."), s.name)
}

// writer cleans what is said before the answer; the answer itself has been cleaned.
type writer struct {
	http.ResponseWriter
	vault *vault
}

func (w *writer) WriteHeader(status int) {
	if status < http.StatusOK {
		w.vault.clean(w.Header())
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the rest of what the server's writer can be found.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
