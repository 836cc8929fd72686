package link

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"

	"golang.org/x/net/http2"
)

// Serve speaks HTTP/2 with the one client at the other end of conn until either end closes it or
// ctx ends. Calls that are under way when it returns have had their contexts cancelled.
func Serve(ctx context.Context, conn net.Conn, handler http.Handler) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	server := http2.Server{
		MaxConcurrentStreams:         MaxStreams,
		MaxReadFrameSize:             FrameBytes,
		MaxUploadBufferPerStream:     StreamWindowBytes,
		MaxUploadBufferPerConnection: ConnectionWindowBytes,
		// The host repeats few headers; a small table is enough and bounded.
		MaxDecoderHeaderTableSize: 4096,
		MaxEncoderHeaderTableSize: 4096,
	}
	server.ServeConn(conn, &http2.ServeConnOpts{
		Context: ctx,
		Handler: handler,
		BaseConfig: &http.Server{
			MaxHeaderBytes: HeaderBytes,
			// What net/http would print is provoked by the peer and of no use on a console.
			ErrorLog: log.New(io.Discard, "", 0),
		},
	})
}
