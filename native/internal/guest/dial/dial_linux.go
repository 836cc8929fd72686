// Package dial opens byte streams to servers inside the sandbox.
package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/link"
)

const (
	maxOpen    = 256
	timeout    = 10 * time.Second
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
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	connected := &agentv1.DialResponse{Kind: &agentv1.DialResponse_Connected{Connected: &agentv1.DialConnected{}}}
	if err := stream.Send(connected); err != nil {
		return err
	}
	// Ends when the handler returns at the latest: the stream's body is closed then.
	go feed(stream, conn)
	return deliver(conn, stream)
}

func connectTo(ctx context.Context, files *tree.Tree, target *agentv1.DialTarget) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var dialer net.Dialer
	switch address := target.GetAddress().(type) {
	case *agentv1.DialTarget_TcpPort:
		port := strconv.FormatUint(uint64(address.TcpPort), 10)
		if address.TcpPort == 0 || address.TcpPort > 1<<16-1 {
			return nil, failed(connect.CodeInvalidArgument, port, errors.New("not a port"))
		}
		conn, err := dialer.DialContext(ctx, "tcp4", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			// A server may listen on the other loopback only.
			if second, secondErr := dialer.DialContext(ctx, "tcp6", net.JoinHostPort("::1", port)); secondErr == nil {
				return second, nil
			}
			return nil, failed(connect.CodeUnavailable, port, err)
		}
		return conn, nil
	case *agentv1.DialTarget_UnixPath:
		conn, err := connectUnix(ctx, files, address.UnixPath)
		if err != nil {
			return nil, failed(connect.CodeUnavailable, address.UnixPath, err)
		}
		return conn, nil
	}
	return nil, failed(connect.CodeInvalidArgument, "", errors.New("the first message must be a target"))
}

// connectUnix resolves the path in the sandbox and connects through the descriptor: the address
// cannot be redirected in between, and is never too long.
func connectUnix(ctx context.Context, files *tree.Tree, path string) (conn net.Conn, err error) {
	if err := tree.CheckPath([]byte(path), link.MaxPathBytes); err != nil {
		return nil, err
	}
	err = files.Use(ctx, func(ctx context.Context) error {
		socket, err := files.Open(path, unix.O_PATH, 0)
		if err != nil {
			return err
		}
		defer func() { _ = socket.Close() }()
		var dialer net.Dialer
		conn, err = dialer.DialContext(ctx, "unix", "/proc/self/fd/"+strconv.Itoa(int(socket.Fd())))
		return err
	})
	return conn, err
}

func feed(stream *dialStream, conn net.Conn) {
	for {
		request, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			closeWrite(conn)
			return
		}
		if err != nil {
			_ = conn.Close()
			return
		}
		switch kind := request.GetKind().(type) {
		case *agentv1.DialRequest_Data:
			if len(kind.Data) > link.MaxDataBytes {
				_ = conn.Close()
				return
			}
			// A server that has stopped reading may still have something to say.
			_, _ = conn.Write(kind.Data)
		case *agentv1.DialRequest_End:
			closeWrite(conn)
		default:
			_ = conn.Close()
			return
		}
	}
}

func closeWrite(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

func deliver(conn net.Conn, stream *dialStream) error {
	buffer := make([]byte, chunkBytes)
	data := &agentv1.DialResponse_Data{}
	response := &agentv1.DialResponse{Kind: data}
	for {
		n, err := conn.Read(buffer)
		if n > 0 {
			data.Data = buffer[:n]
			if err := stream.Send(response); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, net.ErrClosed), errors.Is(err, os.ErrDeadlineExceeded):
			return failed(connect.CodeAborted, "", err)
		case err != nil:
			return failed(connect.CodeUnavailable, "", err)
		}
	}
}

func failed(kind connect.Code, address string, err error) error {
	return fault.New(kind, failurev1.Code_CODE_DIAL, address, err)
}
