package registry

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

// Addresses of a machine that is the whole internet: each stands for a kind.
const (
	registryAddress = "198.51.100.7"
	storageAddress  = "203.0.113.9"
	privateAddress  = "10.0.0.7"
	metadataAddress = "169.254.169.254"
	loopbackAddress = "127.0.0.1"
)

// TestReach runs the two tests after this one in network namespaces of their own.
func TestReach(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a network namespace needs root")
	}
	for _, name := range []string{"TestReachInside", "TestHostWithoutPort"} {
		command := exec.Command(os.Args[0], "-test.run", "^"+name+"$", "-test.v")
		command.Env = append(os.Environ(), "MENV_TEST_REACH=1", "HTTP_PROXY=", "HTTPS_PROXY=", "http_proxy=", "https_proxy=")
		command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
	}
}

func TestReachInside(t *testing.T) {
	if os.Getenv("MENV_TEST_REACH") == "" {
		t.Skip("only for TestReach")
	}
	addAddresses(t, registryAddress, storageAddress, privateAddress, metadataAddress)
	trusted := newAuthority(t)
	wanted := newBlob(1000)
	settings := func(origin string) *Settings {
		return &Settings{Registries: map[string]HostSettings{origin: {CA: trusted.file}}}
	}
	for _, c := range []struct {
		name, from, to string
		plain          bool // http at the target
		code           failurev1.Code
		text           string
	}{
		{"to a storage server", registryAddress, storageAddress, false, 0, ""},
		{"to the same host", registryAddress, registryAddress, false, 0, ""},
		{"to plain http", registryAddress, storageAddress, true, failurev1.Code_CODE_REGISTRY_REFUSED, "plain http"},
		{"into the user's network", registryAddress, privateAddress, false, failurev1.Code_CODE_REGISTRY_REFUSED, "not in its reach"},
		{"to the user's machine", registryAddress, loopbackAddress, false, failurev1.Code_CODE_REGISTRY_REFUSED, "not in its reach"},
		{"to the machine in plain http", registryAddress, loopbackAddress, true, failurev1.Code_CODE_REGISTRY_REFUSED, "not in its reach"},
		{"to the machine by name", registryAddress, "localhost", false, failurev1.Code_CODE_REGISTRY_REFUSED, "not in its reach"},
		{"to metadata", registryAddress, metadataAddress, false, failurev1.Code_CODE_REGISTRY_REFUSED, "not in its reach"},
		{"mapped", registryAddress, "[::ffff:127.0.0.1]", false, failurev1.Code_CODE_REGISTRY_REFUSED, "not in its reach"},
		{"private to public", privateAddress, storageAddress, false, 0, ""},
		{"private to the user's machine", privateAddress, loopbackAddress, false, failurev1.Code_CODE_REGISTRY_REFUSED, "not in its reach"},
		{"own to metadata", loopbackAddress, metadataAddress, false, failurev1.Code_CODE_REGISTRY_REFUSED, "not in its reach"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var reached atomic.Int32
			listenAt := c.to
			if net.ParseIP(c.to) == nil {
				listenAt = loopbackAddress
			}
			target := trusted.serve(t, listenAt, c.plain, func(w http.ResponseWriter, request *http.Request) {
				reached.Add(1)
				wanted.honest(w, request)
			})
			_, port, _ := net.SplitHostPort(target.Listener.Addr().String())
			scheme := map[bool]string{false: "https", true: "http"}[c.plain]
			origin := trusted.serve(t, c.from, false, func(w http.ResponseWriter, request *http.Request) {
				if strings.Contains(request.URL.Path, "/blobs/") {
					http.Redirect(w, request, scheme+"://"+c.to+":"+port+"/blob", http.StatusTemporaryRedirect)
				}
			})
			host := origin.Listener.Addr().String()
			repository := open(t, newClient(t, quick, settings(host)), host+"/team/app")
			_, err := bring(t.Context(), repository, newStore(t).Store, &stages{}, wanted.Layer)
			if c.code == 0 {
				if err != nil || reached.Load() == 0 {
					t.Error(err)
				}
				return
			}
			expectCode(t, err, c.code, c.text)
			if reached.Load() != 0 {
				t.Error("it was asked")
			}
		})
	}
	t.Run("a token server elsewhere", func(t *testing.T) {
		var told atomic.Int32
		token := func(w http.ResponseWriter, request *http.Request) {
			if name, word, _ := request.BasicAuth(); name == "user" && word == "word" {
				told.Add(1)
			}
			fmt.Fprint(w, `{"token":"secret-token"}`)
		}
		for _, c := range []struct {
			at    string
			plain bool
			code  failurev1.Code
		}{
			{storageAddress, false, 0}, // as docker.io has it
			{storageAddress, true, failurev1.Code_CODE_REGISTRY_REFUSED},
			{privateAddress, false, failurev1.Code_CODE_REGISTRY_REFUSED},
			{loopbackAddress, false, failurev1.Code_CODE_REGISTRY_REFUSED},
		} {
			realm := trusted.serve(t, c.at, c.plain, token).URL + "/token"
			hook := withTokens(func(*http.Request) string { return realm })
			origin := trusted.serve(t, registryAddress, false, func(w http.ResponseWriter, request *http.Request) {
				hook(w, request, http.HandlerFunc(wanted.honest))
			})
			host := origin.Listener.Addr().String()
			client := New(settings(host), key{Username: "user", Password: "word"}, quick)
			told.Store(0)
			_, err := bring(t.Context(), open(t, client, host+"/team/app"), newStore(t).Store, &stages{}, wanted.Layer)
			if c.code != 0 {
				expectCode(t, err, c.code, "realm")
			} else if err != nil {
				t.Error(err)
			}
			if sent := told.Load() > 0; sent != (c.code == 0) {
				t.Errorf("%s: the login was sent: %v", realm, sent)
			}
			client.Close()
		}
	})
	t.Run("plain http is for this machine only", func(t *testing.T) {
		origin := trusted.serve(t, privateAddress, true, wanted.honest)
		host := origin.Listener.Addr().String()
		_, err := bring(t.Context(), open(t, newClient(t, quick, &Settings{}), host+"/team/app"), newStore(t).Store, &stages{}, wanted.Layer)
		expectCode(t, err, failurev1.Code_CODE_REGISTRY_REFUSED, `"insecure" in registries.json`)
		allowed := &Settings{Registries: map[string]HostSettings{host: {Insecure: true}}}
		if _, err := bring(t.Context(), open(t, newClient(t, quick, allowed), host+"/team/app"), newStore(t).Store, &stages{}, wanted.Layer); err != nil {
			t.Error(err)
		}
	})
}

// A host without a port has the usual one of each scheme.
func TestHostWithoutPort(t *testing.T) {
	if os.Getenv("MENV_TEST_REACH") == "" {
		t.Skip("only for TestReach")
	}
	addAddresses(t, privateAddress)
	listener, err := net.Listen("tcp", privateAddress+":80")
	if err != nil {
		t.Fatal(err)
	}
	wanted := newBlob(1000)
	server := httptest.NewUnstartedServer(http.HandlerFunc(wanted.honest))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	allowed := &Settings{Registries: map[string]HostSettings{privateAddress: {Insecure: true}}}
	if _, err := bring(t.Context(), open(t, newClient(t, quick, allowed), privateAddress+"/team/app"), newStore(t).Store, &stages{}, wanted.Layer); err != nil {
		t.Error(err)
	}
}

func TestReachOfAddresses(t *testing.T) {
	for text, expected := range map[string]reach{
		"8.8.8.8": public, "2606:4700::1": public, "10.1.2.3": private, "192.168.0.1": private, "100.64.0.1": private, "fd12::1": private,
		"127.0.0.1": loopback, "127.9.9.9": loopback, "::1": loopback, "0.0.0.0": loopback, "::ffff:127.0.0.1": loopback, "::": loopback,
		"169.254.169.254": linkLocal, "fe80::1": linkLocal, "fd00:ec2::254": linkLocal, "224.0.0.1": linkLocal,
	} {
		if found := reachOf(netip.MustParseAddr(text)); found != expected {
			t.Errorf("%s: %d, expected %d", text, found, expected)
		}
	}
}

// addAddresses gives them to the loopback device and brings it up.
func addAddresses(t *testing.T, addresses ...string) {
	t.Helper()
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(socket)
	set := func(name string, request uint, change func(*unix.Ifreq) error) {
		device, err := unix.NewIfreq(name)
		if err == nil {
			err = change(device)
		}
		if err == nil {
			err = unix.IoctlIfreq(socket, request, device)
		}
		if err != nil {
			t.Fatal(name, err)
		}
	}
	set("lo", unix.SIOCSIFFLAGS, func(device *unix.Ifreq) error { device.SetUint16(unix.IFF_UP | unix.IFF_RUNNING); return nil })
	for i, address := range addresses {
		name := "lo:" + string(rune('a'+i))
		set(name, unix.SIOCSIFADDR, func(device *unix.Ifreq) error { return device.SetInet4Addr(net.ParseIP(address).To4()) })
	}
}

// authority signs for all addresses.
type authority struct {
	certificate tls.Certificate
	file        string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"localhost"},
	}
	for _, address := range []string{registryAddress, storageAddress, privateAddress, metadataAddress, loopbackAddress} {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(address))
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, secret.Public(), secret)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &authority{certificate: tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: secret}, file: file}
}

func (a *authority) serve(t *testing.T, address string, plain bool, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener = listener
	server.TLS = &tls.Config{Certificates: []tls.Certificate{a.certificate}}
	if plain {
		server.Start()
	} else {
		server.StartTLS()
	}
	t.Cleanup(server.Close)
	return server
}
