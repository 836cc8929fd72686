package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/authority"
	"sandboxfile/native/internal/network/inspect"
)

const (
	apiName     = "api.example.com"
	placeholder = "sandbox_secret_0123456789abcdef"
	secretValue = "the-value-of-the-secret"
	httpsPort   = 443
)

// public is the authority that the host trusts, by the usual setting of the host's.
var public *authority.Authority

func withAuthority(run func() int) int {
	folder, err := os.MkdirTemp("", "authority-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	if public, err = authority.Ensure(context.Background(), folder); err != nil {
		panic(err)
	}
	roots := filepath.Join(folder, "roots.pem")
	if err := os.WriteFile(roots, public.PEM(), 0o600); err != nil {
		panic(err)
	}
	os.Setenv("SSL_CERT_FILE", roots)
	return run()
}

// webHosts are all hosts of the world, each with a certificate for whatever name it is asked for.
type webHosts struct {
	leaves *authority.Leaves

	mu  sync.Mutex
	got map[netip.Addr]string // the last authorization that came to an address
}

func (h *webHosts) serve(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(patience))
	session := tls.Server(conn, &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return h.leaves.For(hello.ServerName)
	}})
	request, err := http.ReadRequest(bufio.NewReader(session))
	if err != nil {
		return
	}
	at, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return
	}
	h.mu.Lock()
	h.got[at.Addr().Unmap()] = request.Header.Get("Authorization")
	h.mu.Unlock()
	_, _ = fmt.Fprint(session, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
	_ = session.Close()
}

// take is what came to the address since it was last asked for.
func (h *webHosts) take(address netip.Addr) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.got[address]
	delete(h.got, address)
	return got
}

// says sends the placeholder to an address, as a program that means the named host.
func (g *guest) says(t *testing.T, address netip.Addr, name string, trusted *authority.Authority) {
	t.Helper()
	conn, err := g.dial(netip.AddrPortFrom(address, httpsPort))
	if err != nil {
		t.Fatal(address, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	roots := x509.NewCertPool()
	roots.AddCert(trusted.Certificate)
	session := tls.Client(conn, &tls.Config{ServerName: name, RootCAs: roots})
	_, err = fmt.Fprintf(session, "GET / HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", name, placeholder)
	if err != nil {
		t.Fatal(address, name, err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(session), nil)
	if err != nil {
		t.Fatal(address, name, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("%s as %s: %s", address, name, answer.Status)
	}
}

// Of public hosts the one that a secret is for gets its value, and only at the address that the gateway has told the
// sandbox for its name. A name that leads into the host's network is no way out for it.
func TestSecretsOfPublicHosts(t *testing.T) {
	world := newWorld(t)
	hosts := &webHosts{leaves: authority.NewLeaves(public), got: make(map[netip.Addr]string)}
	world.serve[httpsPort] = hosts.serve
	api, other, lan := netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("93.184.216.99"), netip.MustParseAddr("192.168.77.9")
	world.names[apiName], world.names["other.test"] = []netip.Addr{api}, []netip.Addr{other}
	world.names["front.test"] = []netip.Addr{api}
	world.names["moved.example.com"] = []netip.Addr{lan}
	project, err := authority.Ensure(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	key, err := project.Key()
	if err != nil {
		t.Fatal(err)
	}
	request := newAttach("box", networkv1.Scope_SCOPE_PUBLIC)
	request.Vault = &networkv1.Vault{Certificate: project.Certificate.Raw, Key: key, Secrets: []*networkv1.Secret{{
		Name: "TOKEN", Placeholder: placeholder, Value: secretValue,
		Hosts: []*networkv1.SecretHost{{Domain: "*.example.com", Port: httpsPort}},
	}}}
	guest, s := joinAs(t, New(Options{ResolvConf: world.resolvConf(t), Interceptor: inspect.Inspector{}}), request)
	gets := func(address netip.Addr, name string, trusted *authority.Authority, want string) {
		t.Helper()
		guest.says(t, address, name, trusted)
		if got := hosts.take(address); got != "Bearer "+want {
			t.Errorf("%s as %s got %q", address, name, got)
		}
	}
	// An address that the sandbox has from elsewhere is not the host's.
	gets(api, apiName, public, placeholder)
	for _, name := range []string{apiName, "other.test", "front.test"} {
		if found := guest.resolve(t, name); len(found) != 1 {
			t.Fatalf("%s: %v", name, found)
		}
	}
	gets(api, apiName, project, secretValue)
	gets(other, "other.test", public, placeholder)
	// Whoever calls itself the host, and a name of somebody else's for its address.
	gets(other, apiName, public, placeholder)
	gets(api, "front.test", public, placeholder)
	if found := guest.resolve(t, "moved.example.com"); len(found) != 0 {
		t.Errorf("rebound to %v", found)
	}
	world.taken()
	guest.refused(t, netip.AddrPortFrom(lan, httpsPort))
	if seen := world.taken(); len(seen) != 0 {
		t.Errorf("left the host: %v", seen)
	}
	if used := s.counts.used.Load(); used != 1 {
		t.Errorf("%d uses are counted", used)
	}
}
