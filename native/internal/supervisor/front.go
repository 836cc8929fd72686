package supervisor

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/net/http2"
	"sandboxfile/native/gen/menv/machine/v1/machinev1connect"
	"sandboxfile/native/internal/accept"
)

const (
	// frontStreams bounds the calls of one connection.
	frontStreams = 250
	// frontWindow is what a front end may send ahead on one stream. A connection's window lets each
	// of its streams stall by itself.
	frontWindow = 256 << 10
	// frontFrame takes a data message as one frame.
	frontFrame = 512 << 10
	// flushTime is what front ends get to read the end of their streams.
	flushTime = 2 * time.Second
)

// front serves the socket: HTTP/2 in cleartext, with prior knowledge.
type front struct {
	listener net.Listener
	base     *http.Server
	h2       *http2.Server

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	calls sync.WaitGroup
}

func serve(listener net.Listener, m *machine) *front {
	mux := http.NewServeMux()
	mux.Handle(machinev1connect.NewMachineServiceHandler(&service{m},
		connect.WithCompression("gzip", nil, nil), connect.WithReadMaxBytes(64<<10)))
	guest := http.NewServeMux()
	m.relay.Register(guest)
	mux.Handle("/", m.idle.handler(guest))
	f := &front{
		listener: listener,
		base:     &http.Server{Handler: mux, ErrorLog: log.New(io.Discard, "", 0)},
		h2: &http2.Server{
			MaxConcurrentStreams: frontStreams, MaxReadFrameSize: frontFrame,
			MaxUploadBufferPerStream:     frontWindow,
			MaxUploadBufferPerConnection: frontStreams * frontWindow,
		},
		conns: make(map[net.Conn]struct{}),
	}
	// Lets Shutdown of the base end the connections' streams in order.
	if err := http2.ConfigureServer(f.base, f.h2); err != nil {
		panic(err) // no TLS settings to be wrong
	}
	go f.accept()
	return f
}

// close lets the streams under way end, within flushTime.
func (f *front) close() {
	f.listener.Close()
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	_ = f.base.Shutdown(ctx)
	ended := make(chan struct{})
	go func() {
		f.calls.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for conn := range f.conns {
		conn.Close()
	}
}

func (f *front) accept() {
	for conn := range accept.All(f.listener.Accept) {
		f.track(conn, true)
		go func() {
			defer f.track(conn, false)
			f.h2.ServeConn(conn, &http2.ServeConnOpts{BaseConfig: f.base})
		}()
	}
}

func (f *front) track(conn net.Conn, open bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if open {
		f.conns[conn] = struct{}{}
		f.calls.Add(1)
		return
	}
	delete(f.conns, conn)
	f.calls.Done()
}
