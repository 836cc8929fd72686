package dial

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/sockets"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/link"
)

const timeout = 10 * time.Second

func connectTo(ctx context.Context, files *tree.Tree, target *agentv1.DialTarget) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	switch address := target.GetAddress().(type) {
	case *agentv1.DialTarget_TcpPort:
		return connectPort(ctx, address.TcpPort, connectTCP)
	case *agentv1.DialTarget_UdpPort:
		return connectPort(ctx, address.UdpPort, connectUDP)
	case *agentv1.DialTarget_UnixPath:
		conn, err := connectUnix(ctx, files, address.UnixPath)
		if err != nil {
			return nil, failed(connect.CodeUnavailable, address.UnixPath, err)
		}
		return conn, nil
	}
	return nil, failed(connect.CodeInvalidArgument, "", errors.New("the first message must be a target"))
}

func connectPort(ctx context.Context, number uint32, to func(context.Context, uint32) (net.Conn, error)) (net.Conn, error) {
	port := strconv.FormatUint(uint64(number), 10)
	if number == 0 || number > 1<<16-1 {
		return nil, failed(connect.CodeInvalidArgument, port, errors.New("not a port"))
	}
	conn, err := to(ctx, number)
	if err != nil {
		return nil, failed(connect.CodeUnavailable, port, err)
	}
	return conn, nil
}

func connectTCP(ctx context.Context, port uint32) (net.Conn, error) {
	conn, err := loopback(ctx, "tcp4", port)
	if err != nil {
		// A server may listen on the other loopback only.
		if second, secondErr := loopback(ctx, "tcp6", port); secondErr == nil {
			return second, nil
		}
	}
	return conn, err
}

// connectUDP cannot learn from its attempt whether anybody listens.
func connectUDP(ctx context.Context, port uint32) (net.Conn, error) {
	if sockets.UDPOverV6(port) {
		return loopback(ctx, "udp6", port)
	}
	return loopback(ctx, "udp4", port)
}

func loopback(ctx context.Context, network string, port uint32) (net.Conn, error) {
	host := "127.0.0.1"
	if network[3:] == "6" {
		host = "::1"
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, net.JoinHostPort(host, strconv.FormatUint(uint64(port), 10)))
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
