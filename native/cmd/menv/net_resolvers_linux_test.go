package main

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/lease"
)

// movable is set in the process whose /etc, /run and network are its own.
const movable = "MENV_TEST_MOVABLE_HOST"

// The host goes from one network to another: its gateway, which may read next to nothing, asks the resolvers of the
// new one, in whatever way the file that names them becomes another.
func TestGatewayFollowsTheResolvers(t *testing.T) {
	if os.Getenv(movable) == "" {
		runMovable(t)
		return
	}
	makeMovable(t)
	// Of the second service the gateway knows nothing but that it is there.
	if err := os.MkdirAll("/run/NetworkManager", 0o755); err != nil {
		t.Fatal(err)
	}
	const file = "/etc/resolv.conf"
	for _, way := range []struct {
		name        string
		first, then func()
	}{
		{"another file", func() { replace(t, file, "127.0.0.1") }, func() { replace(t, file, "127.0.0.2") }},
		{"another file behind a link", func() {
			replace(t, "/run/systemd/resolve/resolv.conf", "127.0.0.1")
			link(t, "../run/systemd/resolve/resolv.conf", file)
		}, func() { replace(t, "/run/systemd/resolve/resolv.conf", "127.0.0.2") }},
		{"another link", func() {
			replace(t, "/run/systemd/resolve/resolv.conf", "127.0.0.1")
			link(t, "/run/systemd/resolve/resolv.conf", file)
		}, func() {
			replace(t, "/run/NetworkManager/resolv.conf", "127.0.0.2")
			link(t, "/run/NetworkManager/resolv.conf", file)
		}},
		{"a file in the place of a link", func() {
			replace(t, "/run/systemd/resolve/resolv.conf", "127.0.0.1")
			link(t, "/run/systemd/resolve/resolv.conf", file)
		}, func() { replace(t, file, "127.0.0.2") }},
	} {
		t.Run(way.name, func(t *testing.T) {
			way.first()
			folder := filepath.Join(t.TempDir(), "net")
			p := plugInScope(t, folder, "box", networkv1.Scope_SCOPE_PUBLIC, startGateway)
			defer awaitNone(t, folder)
			defer p.pull()
			p.awaitAnswer(netip.MustParseAddr("93.184.216.1"))
			way.then()
			p.awaitAnswer(netip.MustParseAddr("93.184.216.2"))
		})
	}
}

func runMovable(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this needs root: folders and a network of its own")
	}
	again := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$")
	again.Env = append(os.Environ(), movable+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	out, err := again.CombinedOutput()
	switch {
	case err != nil:
		t.Errorf("%v: %s", err, out)
	case strings.Contains(string(out), noMounts):
		t.Skip(noMounts)
	}
}

const noMounts = "no folders of its own here"

// makeMovable has name servers at two addresses, which know every name by an address that ends as theirs.
func makeMovable(t *testing.T) {
	t.Helper()
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Log(noMounts, err)
		t.SkipNow()
	}
	for _, folder := range []string{"/etc", "/run"} {
		own := t.TempDir()
		if err := os.Chmod(own, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount(own, folder, "", unix.MS_BIND, ""); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
	}
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, address := range []string{"127.0.0.1", "127.0.0.2"} {
		conn, err := net.ListenPacket("udp4", net.JoinHostPort(address, "53"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		go serveNames(conn, netip.MustParseAddr(address).As4()[3])
	}
}

func serveNames(conn net.PacketConn, last byte) {
	buffer := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		var message dnsmessage.Message
		if message.Unpack(buffer[:n]) != nil || len(message.Questions) != 1 {
			continue
		}
		message.Response, message.Additionals = true, nil
		head := dnsmessage.ResourceHeader{Name: message.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 3600}
		message.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: [4]byte{93, 184, 216, last}}}}
		if answer, err := message.Pack(); err == nil {
			_, _ = conn.WriteTo(answer, from)
		}
	}
}

// replace puts another file in the place of the one that there is.
func replace(t *testing.T, path, server string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	next := path + ".new"
	if err := os.WriteFile(next, []byte("nameserver "+server+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	next := path + ".new"
	if err := os.Symlink(target, next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

// awaitAnswer asks for a name until the gateway knows it by this address: it looks at the host now and then.
func (p *plugged) awaitAnswer(want netip.Addr) {
	p.Helper()
	var got netip.Addr
	for deadline := time.Now().Add(time.Minute); got != want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.Fatalf("the name leads to %s, not %s", got, want)
		}
		got = p.ask("server.example.")
	}
}

// ask is the first address of a name; the zero one: nobody knows it.
func (p *plugged) ask(name string) (found netip.Addr) {
	p.Helper()
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	packed, err := query.Pack()
	if err != nil {
		p.Fatal(err)
	}
	if _, err := p.end.Write(p.datagram(packed)); err != nil {
		p.Fatal(err)
	}
	const head = header.EthernetMinimumSize + header.IPv4MinimumSize + header.UDPMinimumSize
	for answer := make([]byte, 4096); ; {
		if err := p.end.SetReadDeadline(time.Now().Add(hang)); err != nil {
			p.Fatal(err)
		}
		n, err := p.end.Read(answer)
		if err != nil {
			p.Fatal(err)
		}
		var message dnsmessage.Message
		if n < head || message.Unpack(answer[head:n]) != nil || !message.Response {
			continue
		}
		if len(message.Answers) > 0 {
			if body, ok := message.Answers[0].Body.(*dnsmessage.AResource); ok {
				found = netip.AddrFrom4(body.A)
			}
		}
		return found
	}
}

// datagram is a frame to the gateway's name server.
func (p *plugged) datagram(payload []byte) []byte {
	p.Helper()
	own, err := net.ParseMAC(lease.MAC(p.lease.Number))
	if err != nil {
		p.Fatal(err)
	}
	gateway, err := net.ParseMAC(lease.GatewayMAC)
	if err != nil {
		p.Fatal(err)
	}
	frame := append(append(append([]byte{}, gateway...), own...), 8, 0)
	ip := header.IPv4(make([]byte, header.IPv4MinimumSize))
	ip.Encode(&header.IPv4Fields{
		TotalLength: uint16(len(ip) + header.UDPMinimumSize + len(payload)), TTL: 64, Protocol: uint8(header.UDPProtocolNumber),
		SrcAddr: tcpip.AddrFromSlice(lease.IPv4(p.lease.Number).AsSlice()), DstAddr: tcpip.AddrFromSlice(lease.Gateway4.AsSlice()),
	})
	ip.SetChecksum(^ip.CalculateChecksum())
	udp := header.UDP(make([]byte, header.UDPMinimumSize))
	udp.Encode(&header.UDPFields{SrcPort: 4000, DstPort: 53, Length: uint16(len(udp) + len(payload))})
	return append(append(append(frame, ip...), udp...), payload...)
}
