// Package dial opens byte streams, and conversations of datagrams, to servers inside the sandbox.
package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"

	"connectrpc.com/connect"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/link"
)

const (
	// maxOpen is below link.MaxStreams: other calls always find a place.
	maxOpen = 384
	// chunkBytes takes the largest datagram.
	chunkBytes = 64 << 10
)

// Service is menv.agent.v1.DialService.
type Service struct {
	tree func() (*tree.Tree, error)
	open atomic.Int32
}

// NewService makes the service. files answers an error until the sandbox is configured.
func NewService(files func() (*tree.Tree, error)) *Service { return &Service{tree: files} }

type dialStream = connect.BidiStream[agentv1.DialRequest, agentv1.DialResponse]

// Dial connects and carries bytes until both directions have ended or either end breaks off.
func (s *Service) Dial(ctx context.Context, stream *dialStream) error {
	files, err := s.tree()
	if err != nil {
		return err
	}
	first, err := stream.Receive()
	if err != nil {
		return err
	}
	if s.open.Add(1) > maxOpen {
		s.open.Add(-1)
		return fault.Limit("open connections")
	}
	defer s.open.Add(-1)
	conn, err := connectTo(ctx, files, first.GetTarget())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { abort(conn) })
	defer stop()
	connected := &agentv1.DialResponse{Kind: &agentv1.DialResponse_Connected{Connected: &agentv1.DialConnected{}}}
	if err := stream.Send(connected); err != nil {
		return err
	}
	// Ends when the handler returns at the latest: the stream's body is closed then.
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		feed(stream, conn)
	}()
	if err := deliver(conn, stream); err != nil {
		return err
	}
	select {
	case <-fed:
	case <-ctx.Done():
	}
	return nil
}

// feed carries what the client says, to its end or to that of a server that hears no more.
func feed(stream *dialStream, conn net.Conn) {
	for {
		request, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			closeWrite(conn)
			return
		}
		if err != nil {
			abort(conn)
			return
		}
		switch kind := request.GetKind().(type) {
		case *agentv1.DialRequest_Data:
			if len(kind.Data) > link.MaxDataBytes {
				abort(conn)
				return
			}
			// A server that has stopped reading may still have something to say.
			if _, err := conn.Write(kind.Data); err != nil && !isDatagrams(conn) {
				return
			}
		case *agentv1.DialRequest_End:
			closeWrite(conn)
			return
		default:
			abort(conn)
			return
		}
	}
}

// deliver carries what the server says; an end of it is told.
func deliver(conn net.Conn, stream *dialStream) error {
	buffer := make([]byte, chunkBytes)
	data := &agentv1.DialResponse_Data{}
	response := &agentv1.DialResponse{Kind: data}
	for {
		n, err := conn.Read(buffer)
		if n > 0 || err == nil {
			data.Data = buffer[:n]
			if err := stream.Send(response); err != nil {
				return err
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return stream.Send(&agentv1.DialResponse{Kind: &agentv1.DialResponse_End{End: &agentv1.DialEnd{}}})
		case errors.Is(err, syscall.ECONNREFUSED) && isDatagrams(conn):
			// Nobody heard the last datagram; somebody may hear the next.
		case errors.Is(err, net.ErrClosed), errors.Is(err, os.ErrDeadlineExceeded):
			return failed(connect.CodeAborted, "", err)
		default:
			return failed(connect.CodeUnavailable, "", err)
		}
	}
}

func isDatagrams(conn net.Conn) bool {
	_, ok := conn.(*net.UDPConn)
	return ok
}

// closeWrite ends what is said to the server; of datagrams, the conversation.
func closeWrite(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = conn.Close()
}

// abort breaks off: the server must not take it for an end.
func abort(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func failed(kind connect.Code, address string, err error) error {
	return fault.New(kind, failurev1.Code_CODE_DIAL, address, err)
}
