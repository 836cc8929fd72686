package gateway

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/lease"
)

// amount is how much is done: short in the suite, long when the variable says so.
func amount(t testing.TB, short int) int {
	t.Helper()
	text := os.Getenv("SANDBOXFILE_TEST_CONNECTIONS")
	if text == "" {
		return short
	}
	long, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return long
}

// usage is what may not grow.
type usage struct {
	goroutines, files int
	heap              uint64
}

func measure() usage {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	files, _ := os.ReadDir("/proc/self/fd")
	return usage{runtime.NumGoroutine(), len(files), memory.HeapInuse}
}

// settles waits until no more is in use than before; what a stack keeps for a while goes first.
func (before usage) settles(t *testing.T) {
	t.Helper()
	const heapSlack = 16 << 20
	var now usage
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if now = measure(); now.goroutines <= before.goroutines && now.files <= before.files && now.heap <= before.heap+heapSlack {
			t.Logf("before %+v, after %+v", before, now)
			return
		}
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("before %+v, after %+v\n%s", before, now, stacks[:runtime.Stack(stacks, true)])
}

// A thousand connections at once all work, and leave nothing.
func TestManyConnectionsAtOnce(t *testing.T) {
	needNamespace(t)
	to := netip.AddrPortFrom(lease.Host, listenEcho(t))
	guest, s := join(t, New(Options{}), "box", networkv1.Scope_SCOPE_ANY)
	before := measure()
	const count = 1000
	conns := make([]net.Conn, count)
	var made sync.WaitGroup
	for i := range conns {
		made.Go(func() {
			conn, err := guest.dial(to)
			if err != nil {
				t.Errorf("connection %d: %v", i, err)
				return
			}
			conns[i] = conn
			if err := echo(conn); err != nil {
				t.Errorf("connection %d: %v", i, err)
			}
		})
	}
	made.Wait()
	if open := s.forward.Open(); open != count {
		t.Errorf("%d are open", open)
	}
	for _, conn := range conns {
		if conn != nil {
			conn.Close()
		}
	}
	before.settles(t)
	if open := s.forward.Open(); open != 0 {
		t.Errorf("%d are still open", open)
	}
}

// Short connections, one after the other, by a few at once: the gateway is afterwards as it was.
func TestManyShortConnections(t *testing.T) {
	needNamespace(t)
	to := netip.AddrPortFrom(lease.Host, listenEcho(t))
	guest, s := join(t, New(Options{}), "box", networkv1.Scope_SCOPE_ANY)
	before := measure()
	const workers = 8
	each := amount(t, 2000) / workers
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range each {
				conn, err := guest.dial(to)
				if err != nil {
					t.Error(err)
					return
				}
				if err := echo(conn); err != nil {
					t.Error(err)
				}
				conn.Close()
			}
		})
	}
	all.Wait()
	before.settles(t)
	if done := s.forward.Counters.Connections.Load(); done != uint64(each*workers) {
		t.Errorf("%d connections of %d", done, each*workers)
	}
}

// Each side may end first, or break off: what was sent arrives, and both halves end.
func TestHalfCloses(t *testing.T) {
	needNamespace(t)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	to := netip.AddrPortFrom(lease.Host, netip.MustParseAddrPort(listener.Addr().String()).Port())
	guest, _ := join(t, New(Options{}), "box", networkv1.Scope_SCOPE_ANY)
	before := measure()
	const size = 3 << 20
	payload := make([]byte, size)
	for i := range payload {
		payload[i] = byte(i * i)
	}
	both := func() (*net.TCPConn, interface {
		net.Conn
		CloseWrite() error
	}) {
		inside, err := guest.dial(to)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		outside, ok := conn.(*net.TCPConn)
		if !ok {
			t.Fatal("not TCP")
		}
		return outside, inside
	}
	outside, inside := both()
	var sent sync.WaitGroup
	sent.Go(func() {
		_, _ = inside.Write(payload)
		_ = inside.CloseWrite()
	})
	if got, err := io.ReadAll(outside); err != nil || string(got) != string(payload) {
		t.Errorf("out: %d bytes, %v", len(got), err)
	}
	sent.Wait()
	sent.Go(func() {
		_, _ = outside.Write(payload) // the other direction is still open
		outside.Close()
	})
	if got, err := io.ReadAll(inside); err != nil || string(got) != string(payload) {
		t.Errorf("in: %d bytes, %v", len(got), err)
	}
	sent.Wait()
	inside.Close()

	outside, inside = both()
	if err := outside.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	outside.Close()
	if _, err := inside.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the host broke off, and the guest read %v", err)
	}
	inside.Close()
	before.settles(t)
}

// A guest that sends garbage as fast as it can harms itself: others are answered, and nothing grows.
func TestFlood(t *testing.T) {
	const seed = 20
	random := rand.New(rand.NewPCG(seed, seed))
	gateway := New(Options{ResolvConf: "/dev/null"})
	quiet, _ := join(t, gateway, "quiet", networkv1.Scope_SCOPE_GROUP, "g")
	noisy, _ := join(t, gateway, "noisy", networkv1.Scope_SCOPE_GROUP, "g")
	quiet.flush(t)
	before := measure()
	valid := [][]byte{
		noisy.synPacket(netip.AddrPortFrom(quiet.own4, 80)), noisy.synPacket(netip.AddrPortFrom(quiet.own6, 80)),
		noisy.datagram(netip.AddrPortFrom(lease.Gateway4, 53)), noisy.echoRequest(lease.Gateway6),
		noisy.datagram(netip.MustParseAddrPort("8.8.8.8:53")), noisy.echoRequest(netip.MustParseAddr("8.8.8.8")),
		// Who it is not, and what it does not get.
		noisy.packetFrom(quiet.guard.MAC, noisy.own4, quiet.own4, frames.UDP, []byte("from another's device")),
		noisy.packetFrom(noisy.guard.MAC, quiet.own6, quiet.own6, frames.UDP, []byte("from another's address")),
		noisy.packetFrom(noisy.guard.MAC, lease.Gateway4, quiet.own4, frames.UDP, []byte("\x00\x35\x10\x00 an answer about names")),
		noisy.datagram(netip.MustParseAddrPort("255.255.255.255:67")), noisy.arp(2, lease.Gateway4, quiet.own4),
		noisy.arp(1, noisy.own4, lease.Gateway4), noisy.packet(netip.MustParseAddr("ff02::1"), frames.ICMPv6, make([]byte, 32)),
	}
	for _, to := range []netip.Addr{quiet.own4, quiet.own6, lease.Gateway6} {
		valid = append(valid, noisy.evasions(to, quiet.own6)...)
	}
	for n := range amount(t, 20_000) {
		frame := append([]byte(nil), valid[n%len(valid)]...)
		for range random.IntN(4) {
			frame[frames.HeaderSize+random.IntN(len(frame)-frames.HeaderSize)] = byte(random.Uint32())
		}
		if random.IntN(8) == 0 {
			frame = frame[:1+random.IntN(len(frame)-1)]
		}
		if random.IntN(8) == 0 {
			frame = append(frame, make([]byte, random.IntN(60_000))...)
		}
		noisy.send(frame)
		if n%1000 == 0 {
			quiet.flush(t)
		}
	}
	noisy.flush(t)
	quiet.flush(t)
	before.settles(t)
}
