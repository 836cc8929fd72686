package ports

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/guest/dial"
	"sandboxfile/native/internal/guest/tree"
)

// wakes counts the writes to the guest: each one wakes it.
type wakes struct {
	net.Conn
	count atomic.Int64
}

func (w *wakes) Write(data []byte) (int, error) {
	w.count.Add(1)
	return w.Conn.Write(data)
}

func TestARequestWakesTheGuestOnce(t *testing.T) {
	near, far := net.Pipe()
	counted := &wakes{Conn: near}
	table := servingOver(t, counted, far, dial.NewService(func() (*tree.Tree, error) { return nil, nil }))
	port := publish(t, table, &machinev1.PortRequest{Guest: server(t, echo)})
	conn := connectTo(t, "127.0.0.1", port.GetHost())
	ask := func() {
		t.Helper()
		word := make([]byte, 100)
		if _, err := conn.Write(word); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, word); err != nil {
			t.Fatal(err)
		}
	}
	ask() // and whatever a connection begins with
	before := counted.count.Load()
	// Few enough for the guest to need no more credit.
	const asked = 20
	for range asked {
		ask()
	}
	if woken := counted.count.Load() - before; woken != asked {
		t.Errorf("%d requests wake it %d times", asked, woken)
	}
}

// waitsForWords is an agent that says that its server has accepted when it has heard what the client says first.
type waitsForWords struct{}

func (waitsForWords) Dial(_ context.Context, stream *connect.BidiStream[agentv1.DialRequest, agentv1.DialResponse]) error {
	_, noTarget := stream.Receive()
	words, silent := stream.Receive()
	return errors.Join(
		noTarget, silent,
		stream.Send(&agentv1.DialResponse{Kind: &agentv1.DialResponse_Connected{Connected: &agentv1.DialConnected{}}}),
		stream.Send(&agentv1.DialResponse{Kind: &agentv1.DialResponse_Data{Data: words.GetData()}}),
		stream.Send(&agentv1.DialResponse{Kind: &agentv1.DialResponse_End{End: &agentv1.DialEnd{}}}),
	)
}

func TestWhatIsSaidAtOnceGoesAlong(t *testing.T) {
	near, far := net.Pipe()
	table := servingOver(t, near, far, waitsForWords{})
	for _, protocol := range []machinev1.PortProtocol{machinev1.PortProtocol_PORT_PROTOCOL_TCP, machinev1.PortProtocol_PORT_PROTOCOL_UDP} {
		port := publish(t, table, &machinev1.PortRequest{Guest: 80, Address: "127.0.0.1", Protocol: protocol})
		network := "tcp"
		if datagrams(protocol) {
			network = "udp"
		}
		conn, err := net.Dial(network, net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port.GetHost()))))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(hang))
		_, _ = conn.Write([]byte("hello"))
		heard := make([]byte, 5)
		if _, err := io.ReadFull(conn, heard); err != nil || string(heard) != "hello" {
			t.Errorf("%s: %q, %v", network, heard, err)
		}
		_ = conn.Close()
	}
}
