package ports

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/guest/dial"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/link"
)

// hang is the deadline against hangs.
const hang = 60 * time.Second

// serving is a table before the real agent's dial, whose guest is this process.
func serving(t *testing.T) *Table {
	t.Helper()
	near, far := net.Pipe()
	return servingOver(t, near, far, dial.NewService(func() (*tree.Tree, error) { return nil, nil }))
}

func servingOver(t *testing.T, near, far net.Conn, agent agentv1connect.DialServiceHandler) *Table {
	t.Helper()
	table := New(func([]*machinev1.PublishedPort) {})
	mux := http.NewServeMux()
	mux.Handle(agentv1connect.NewDialServiceHandler(agent))
	ctx, cancel := context.WithCancel(context.Background())
	go link.Serve(ctx, far, mux)
	client := link.Open(near)
	table.Serve(client)
	t.Cleanup(func() { table.Close(); cancel(); _ = near.Close() })
	return table
}

// server is a guest's TCP server; its port is returned.
func server(t *testing.T, serve func(*net.TCPConn)) uint32 {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(conn.(*net.TCPConn))
		}
	}()
	return uint32(listener.Addr().(*net.TCPAddr).Port)
}

func publish(t *testing.T, table *Table, request *machinev1.PortRequest) *machinev1.PublishedPort {
	t.Helper()
	port, err := table.Publish(request)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func connectTo(t *testing.T, host string, port uint32) *net.TCPConn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, fmt.Sprint(port)), hang)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(hang))
	return conn.(*net.TCPConn)
}

func echo(conn *net.TCPConn) {
	defer func() { _ = conn.Close() }()
	_, _ = io.Copy(conn, conn)
}

func TestCarriesBytesBothWaysAtBothLoopbacks(t *testing.T) {
	table := serving(t)
	port := publish(t, table, &machinev1.PortRequest{Guest: server(t, echo)})
	sent := make([]byte, 3<<20)
	_, _ = rand.Read(sent)
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn := connectTo(t, host, port.GetHost())
		go func() {
			_, _ = conn.Write(sent)
			_ = conn.CloseWrite()
		}()
		if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("%s: %d bytes, %v", host, len(got), err)
		}
	}
}

// Either side may end first and go on listening.
func TestEachDirectionEndsByItself(t *testing.T) {
	table := serving(t)
	heard := make(chan string, 1)
	speaksFirst := publish(t, table, &machinev1.PortRequest{Guest: server(t, func(conn *net.TCPConn) {
		_, _ = conn.Write([]byte("bye"))
		_ = conn.CloseWrite()
		rest, _ := io.ReadAll(conn)
		heard <- string(rest)
		_ = conn.Close()
	})})
	conn := connectTo(t, "127.0.0.1", speaksFirst.GetHost())
	if said, err := io.ReadAll(conn); string(said) != "bye" || err != nil {
		t.Fatalf("%q %v", said, err)
	}
	_, _ = conn.Write([]byte("late"))
	_ = conn.CloseWrite()
	select {
	case rest := <-heard:
		if rest != "late" {
			t.Fatalf("%q", rest)
		}
	case <-time.After(hang):
		t.Fatal("the server hears nothing after its own end")
	}
	listensFirst := publish(t, table, &machinev1.PortRequest{Guest: server(t, func(conn *net.TCPConn) {
		all, _ := io.ReadAll(conn)
		_, _ = conn.Write(append([]byte("heard "), all...))
		_ = conn.Close()
	})})
	conn = connectTo(t, "127.0.0.1", listensFirst.GetHost())
	_, _ = conn.Write([]byte("it"))
	_ = conn.CloseWrite()
	if said, err := io.ReadAll(conn); string(said) != "heard it" || err != nil {
		t.Fatalf("%q %v", said, err)
	}
}

func TestABreakIsNoEnd(t *testing.T) {
	table := serving(t)
	broken := make(chan error, 1)
	port := publish(t, table, &machinev1.PortRequest{Guest: server(t, func(conn *net.TCPConn) {
		defer func() { _ = conn.Close() }()
		word := make([]byte, 5)
		if _, err := io.ReadFull(conn, word); err != nil {
			return
		}
		if string(word) == "break" {
			_ = conn.SetLinger(0)
			return
		}
		_, _ = conn.Write([]byte("!"))
		_, err := conn.Read(word)
		broken <- err
	})})
	conn := connectTo(t, "127.0.0.1", port.GetHost())
	_, _ = conn.Write([]byte("break"))
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the client sees %v", err)
	}
	conn = connectTo(t, "127.0.0.1", port.GetHost())
	_, _ = conn.Write([]byte("later"))
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetLinger(0)
	_ = conn.Close()
	select {
	case err := <-broken:
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Fatalf("the server sees %v", err)
		}
	case <-time.After(hang):
		t.Fatal("the server does not see the break")
	}
	nobody := publish(t, table, &machinev1.PortRequest{Guest: 9})
	// The break may come as early as the answer to the dial.
	unheard, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(nobody.GetHost())), hang)
	if err == nil {
		_ = unheard.SetDeadline(time.Now().Add(hang))
		_, err = unheard.Read(make([]byte, 1))
		_ = unheard.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("where nobody listens: %v", err)
	}
}

func TestATakenPortMovesAndSaysSo(t *testing.T) {
	table := serving(t)
	for _, other := range []string{"127.0.0.1:0", "[::1]:0"} {
		taken, err := net.Listen("tcp", other)
		if err != nil {
			t.Fatal(err)
		}
		wish := &machinev1.PortRequest{Guest: 80, Host: uint32(taken.Addr().(*net.TCPAddr).Port)}
		port := publish(t, table, wish)
		if port.GetHost() == wish.GetHost() || port.GetRequest().GetHost() != wish.GetHost() {
			t.Errorf("%s: %v", other, port)
		}
		if again := publish(t, table, wish); again != port {
			t.Errorf("asked twice: %v, then %v", port, again)
		}
		_ = taken.Close()
	}
}

func TestCandidates(t *testing.T) {
	for wished, second := range map[uint16]uint16{80: 8080, 443: 8443, 3000: 3001, 65535: 0, 0: 0} {
		if got := candidates(wished); got[0] != wished || got[1] != second || got[len(got)-1] != 0 {
			t.Errorf("%d: %v", wished, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	table := serving(t)
	for _, c := range []struct {
		request *machinev1.PortRequest
		code    failurev1.Code
	}{
		{nil, failurev1.Code_CODE_PORT},
		{&machinev1.PortRequest{Guest: 1 << 16}, failurev1.Code_CODE_PORT},
		{&machinev1.PortRequest{Guest: 80, Host: 1 << 16}, failurev1.Code_CODE_PORT},
		{&machinev1.PortRequest{Guest: 80, Protocol: 7}, failurev1.Code_CODE_PORT},
		{&machinev1.PortRequest{Guest: 80, Address: "example"}, failurev1.Code_CODE_PORT},
		{&machinev1.PortRequest{Guest: 80, Address: "192.0.2.1"}, failurev1.Code_CODE_PORT},
	} {
		_, err := table.Publish(c.request)
		if got := failure.Of(err, 0).GetCode(); got != c.code {
			t.Errorf("%v: %v", c.request, err)
		}
	}
	if err := table.Withdraw(1, machinev1.PortProtocol_PORT_PROTOCOL_TCP); failure.Of(err, 0).GetCode() != failurev1.Code_CODE_PORT_UNKNOWN {
		t.Error(err)
	}
	for range MaxPublished {
		publish(t, table, &machinev1.PortRequest{Guest: 80, Host: 0, Address: "127.0.0.1", Protocol: machinev1.PortProtocol_PORT_PROTOCOL_UDP})
	}
	for guest := range uint32(MaxPublished) {
		_, err := table.Publish(&machinev1.PortRequest{Guest: guest + 1, Address: "127.0.0.1"})
		if guest == MaxPublished-1 && failure.Of(err, 0).GetCode() != failurev1.Code_CODE_LIMIT {
			t.Error(err)
		}
	}
}

func TestWithdrawingEndsListenerAndConnections(t *testing.T) {
	var told [][]*machinev1.PublishedPort
	table := serving(t)
	table.changed = func(all []*machinev1.PublishedPort) { told = append(told, all) }
	port := publish(t, table, &machinev1.PortRequest{Guest: server(t, echo)})
	conn := connectTo(t, "127.0.0.1", port.GetHost())
	_, _ = conn.Write([]byte("x"))
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := table.Withdraw(port.GetHost(), machinev1.PortProtocol_PORT_PROTOCOL_TCP); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Fatal("the connection goes on")
	}
	// The number is free at once.
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(port.GetHost())))
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	table.Close()
	if counts := []int{len(told[0]), len(told[1])}; !slices.Equal(counts, []int{1, 0}) {
		t.Fatal(counts)
	}
	if _, err := table.Publish(&machinev1.PortRequest{Guest: 80}); failure.Of(err, 0).GetCode() != failurev1.Code_CODE_STOPPED {
		t.Fatal(err)
	}
}

func TestDatagrams(t *testing.T) {
	table := serving(t)
	guest, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = guest.Close() }()
	go func() {
		buffer := make([]byte, 1<<16)
		for {
			n, from, err := guest.ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = guest.WriteTo(buffer[:n], from)
		}
	}()
	port := publish(t, table, &machinev1.PortRequest{
		Guest: uint32(guest.LocalAddr().(*net.UDPAddr).Port), Protocol: machinev1.PortProtocol_PORT_PROTOCOL_UDP,
	})
	// More clients than conversations: the oldest make room, each one is answered.
	for i := range maxConversations + 8 {
		host := []string{"127.0.0.1", "::1"}[i%2]
		client, err := net.Dial("udp", net.JoinHostPort(host, fmt.Sprint(port.GetHost())))
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1, 0, 60_000} {
			sent := make([]byte, size)
			_, _ = rand.Read(sent)
			_ = client.SetDeadline(time.Now().Add(hang))
			_, _ = client.Write(sent)
			got := make([]byte, 1<<16)
			if n, err := client.Read(got); err != nil || !bytes.Equal(got[:n], sent) {
				t.Fatalf("%d bytes: %d, %v", size, n, err)
			}
		}
		_ = client.Close()
	}
	if n := len(table.talks.all); n > maxConversations {
		t.Fatalf("%d conversations", n)
	}
}

// More connections than the bound wait; none is lost, and in the end nothing is left.
func TestManyConnections(t *testing.T) {
	table := serving(t)
	port := publish(t, table, &machinev1.PortRequest{Guest: server(t, echo)})
	before := runtime.NumGoroutine()
	const clients, each = 2 * maxConnections, 3
	var failed sync.Map
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			for range each {
				if err := exchange(port.GetHost()); err != nil {
					failed.Store(i, err)
				}
			}
		})
	}
	all.Wait()
	failed.Range(func(client, err any) bool { t.Errorf("client %d: %v", client, err); return false })
	for deadline := time.Now().Add(hang); runtime.NumGoroutine() > before+8 || len(table.slots) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before; %d slots", runtime.NumGoroutine(), before, len(table.slots))
		}
	}
}

func exchange(port uint32) error {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(port)), hang)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(hang))
	if _, err := conn.Write([]byte("ping")); err != nil {
		return err
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	got, err := io.ReadAll(conn)
	if err == nil && string(got) != "ping" {
		err = fmt.Errorf("%q", got)
	}
	return err
}
