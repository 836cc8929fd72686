package agent

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/program"
	"sandboxfile/native/internal/guest/sandbox"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/link"
)

const (
	// hang is far beyond anything a case needs.
	hang = 2 * time.Minute
	// HTTP/2 keeps a connection that it gave up for a second, so many go on at once.
	connections = 256
)

// nowhere is a sandbox in which no program is found.
type nowhere struct{}

func (nowhere) Launch(sandbox.Command) (sandbox.Child, error) {
	return sandbox.Child{}, sandbox.ErrNotFound
}
func (nowhere) OpenPTY(unix.Winsize) (sandbox.PTY, error) { return sandbox.PTY{}, unix.ENOSPC }
func (nowhere) OOMKills() uint64                          { return 0 }

// target is an agent past Configure, so that untrusted bytes reach every service, on a folder of
// the host: nothing of the host can be configured, run or reached through it.
func target(t testing.TB) *Agent { return targetOn(t, t.TempDir()) }

func targetOn(t testing.TB, folder string) *Agent {
	root, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	a := New(nil, nil, "test")
	a.configured = true
	a.tree = tree.New(int(root.Fd()))
	a.programs = program.NewTable(nowhere{}, a.tree.ReadSmall)
	return a
}

// serve connects a client to the agent.
func serve(ctx context.Context, t testing.TB, guest *Agent) *link.Client {
	t.Helper()
	near, far, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	go link.Serve(ctx, far, guest.Handler())
	client := link.Open(near)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// feed serves one connection on which the peer says input and hangs up.
func feed(handler http.Handler, input []byte) error {
	host, guest, err := socketPair()
	if err != nil {
		return err
	}
	defer func() { _ = host.Close() }()
	served := make(chan struct{})
	go func() {
		defer close(served)
		link.Serve(context.Background(), guest, handler)
		_ = guest.Close()
	}()
	_ = host.SetDeadline(time.Now().Add(hang))
	// The write ends early when the agent has given the peer up.
	_, _ = host.Write(input)
	_ = host.CloseWrite()
	_, _ = io.Copy(io.Discard, host)
	select {
	case <-served:
		return nil
	case <-time.After(hang):
		return fmt.Errorf("the agent hangs on %q", input)
	}
}

func socketPair() (host, guest *net.UnixConn, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	var conns [2]*net.UnixConn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "pair")
		conn, err := net.FileConn(file)
		_ = file.Close()
		if err != nil {
			return nil, nil, err
		}
		conns[i] = conn.(*net.UnixConn)
	}
	return conns[0], conns[1], nil
}

func FuzzGuestLink(f *testing.F) {
	handler := target(f).Handler()
	for seed := range uint64(64) {
		f.Add(session(rand.New(rand.NewPCG(seed, 0))))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if err := feed(handler, input); err != nil {
			t.Fatal(err)
		}
	})
}

// TestGuestLinkCases feeds seeded sessions, broken in seeded ways. LINK_CASES sets their number,
// LINK_SEED where they start: a failing case is named by its seed.
func TestGuestLinkCases(t *testing.T) {
	cases := setting(t, "LINK_CASES", 50_000)
	if testing.Short() {
		cases = min(cases, 2_000)
	}
	first := setting(t, "LINK_SEED", 0)
	handler := target(t).Handler()
	before := runtime.NumGoroutine()
	var seed atomic.Uint64
	seed.Store(first)
	var feeding sync.WaitGroup
	for range connections {
		feeding.Go(func() {
			for !t.Failed() {
				n := seed.Add(1) - 1
				if n >= first+cases {
					return
				}
				random := rand.New(rand.NewPCG(n, 1))
				if err := feed(handler, damage(random, session(random))); err != nil {
					t.Errorf("seed %d: %v", n, err)
				}
			}
		})
	}
	feeding.Wait()
	// Calls end with their connection, if not at the same instant.
	for deadline := time.Now().Add(hang); runtime.NumGoroutine() > before+8; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left over", runtime.NumGoroutine()-before)
		}
	}
}

func setting(t *testing.T, name string, otherwise uint64) uint64 {
	text, set := os.LookupEnv(name)
	if !set {
		return otherwise
	}
	value, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return value
}
