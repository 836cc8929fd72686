package secrets

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/authority"
	"sandboxfile/native/internal/network/inspect"
	"sandboxfile/native/internal/network/policy"
)

const (
	placeholder = "sandbox_secret_0123456789abcdef"
	value       = "the-value/of=the+secret"
	otherHolder = "sandbox_secret_fedcba9876543210"
	otherValue  = "the-value-of-another"
	api         = "api.example.com"
	patience    = 30 * time.Second
)

// world is the authority that the host trusts, by the usual setting of the host's.
var world *authority.Authority

func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "secrets-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(folder)
		if world, err = authority.Ensure(context.Background(), folder); err != nil {
			panic(err)
		}
		roots := filepath.Join(folder, "roots.pem")
		if err := os.WriteFile(roots, world.PEM(), 0o600); err != nil {
			panic(err)
		}
		os.Setenv("SSL_CERT_FILE", roots)
		return m.Run()
	}())
}

// bench is a sandbox with two secrets, and the host that one of them is for.
type bench struct {
	*testing.T
	interceptor *Interceptor
	project     *authority.Authority
	host        *httptest.Server
	port        uint16

	mu     sync.Mutex
	events []Event
}

func newBench(t *testing.T, handler http.HandlerFunc) *bench {
	t.Helper()
	return newBenchWith(t, world, handler)
}

func newBenchWith(t *testing.T, signer *authority.Authority, handler http.HandlerFunc) *bench {
	t.Helper()
	b := &bench{T: t, host: httptest.NewUnstartedServer(handler)}
	leaves := authority.NewLeaves(signer)
	b.host.EnableHTTP2, b.host.Config.ErrorLog = true, silent
	b.host.TLS = &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) { return leaves.For(hello.ServerName) }}
	b.host.StartTLS()
	t.Cleanup(b.host.Close)
	b.port = b.host.Listener.Addr().(*net.TCPAddr).AddrPort().Port()
	var err error
	if b.project, err = authority.Ensure(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	key, err := b.project.Key()
	if err != nil {
		t.Fatal(err)
	}
	b.interceptor, err = New(&networkv1.Vault{Certificate: b.project.Certificate.Raw, Key: key, Secrets: []*networkv1.Secret{
		{Name: "TOKEN", Placeholder: placeholder, Value: value, Hosts: []*networkv1.SecretHost{{Domain: api, Port: uint32(b.port)}}},
		{Name: "OTHER", Placeholder: otherHolder, Value: otherValue, Hosts: []*networkv1.SecretHost{{Domain: "*.example.org", Port: uint32(b.port)}}},
	}}, inspect.Inspector{}, b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.interceptor.Close)
	return b
}

func (b *bench) SecretMet(event Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, event)
}

func (b *bench) met() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := ""
	for _, event := range b.events {
		text += fmt.Sprintf("%s %s %s\n", event.Secret, event.Host, event.Reason)
	}
	return text
}

// connect is a guest's connection to an address that it resolved by the names.
func (b *bench) connect(port uint16, names ...string) net.Conn {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	guest, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	_ = guest.SetDeadline(time.Now().Add(patience))
	served, err := listener.Accept()
	if err != nil {
		b.Fatal(err)
	}
	to := policy.Destination{Protocol: policy.TCP, Address: netip.MustParseAddr("93.184.216.34"), Port: port, Names: names}
	sandbox := policy.Sandbox{Name: "box", Scope: policy.Public}
	if !b.interceptor.Wants(sandbox, to) {
		b.Fatalf("a connection to %v is not looked at", names)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer served.Close()
		b.interceptor.Serve(b.Context(), sandbox, to, served, func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", b.host.Listener.Addr().String())
		})
	}()
	b.Cleanup(func() {
		guest.Close()
		select {
		case <-done:
		case <-time.After(patience):
			b.Error("a connection does not end")
		}
	})
	return guest
}

// client is a guest's that trusts the project's authority only.
func (b *bench) client(h2 bool, names ...string) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(b.project.Certificate)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: h2, DisableCompression: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) { return b.connect(b.port, names...), nil },
	}
	b.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (b *bench) url(path string) string { return fmt.Sprintf("https://%s:%d%s", api, b.port, path) }
