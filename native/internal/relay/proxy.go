package relay

import (
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"

	"connectrpc.com/connect"
	"sandboxfile/native/internal/link"
)

// copyBuffer fits what HTTP/2 hands over at once.
const copyBuffer = 64 << 10

// proxy passes calls through byte by byte, in whichever RPC protocol they are.
func (r *Relay) proxy() http.Handler {
	agent, err := url.Parse(link.BaseURL)
	if err != nil {
		panic(err) // a constant
	}
	errors := connect.NewErrorWriter()
	return &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(agent)
			// ReverseProxy's own wrapper closes nothing while a read is under way: a stream that the
			// guest has ended would go on until its client has nothing more to say either.
			if request.Out.Body != nil {
				request.Out.Body = request.In.Body
			}
			// Compressing costs an emulated guest more than the bytes it saves.
			for _, header := range []string{"Accept-Encoding", "Connect-Accept-Encoding", "Grpc-Accept-Encoding"} {
				request.Out.Header.Del(header)
			}
		},
		Transport:     through{r},
		FlushInterval: -1,
		BufferPool:    &buffers{},
		// The guest provokes what would be printed.
		ErrorLog: log.New(io.Discard, "", 0),
		ErrorHandler: func(w http.ResponseWriter, request *http.Request, err error) {
			_ = errors.Write(w, request, err)
		},
	}
}

// through is the transport to the agent: it waits until there is one.
type through struct{ relay *Relay }

func (t through) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := t.relay.wait(request.Context()); err != nil {
		return nil, err
	}
	response, err := t.relay.agent.RoundTrip(request)
	if err != nil && request.Context().Err() == nil {
		return nil, t.relay.guestError(err)
	}
	return response, err
}

// buffers is a pool for copying.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, copyBuffer)
}

func (b *buffers) Put(buffer []byte) { b.pool.Put(&buffer) }
