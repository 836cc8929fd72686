package main

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	jailv1 "sandboxfile/native/gen/menv/jail/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/jail"
	"sandboxfile/native/internal/network/launch"
	"sandboxfile/native/internal/network/lease"
)

const ownHost = "SANDBOXFILE_TEST_OWN_RESOLVERS"

// resolverOf is the host's resolver in one of the places where it is; it knows each name at the address of answerOf.
func resolverOf(place byte) netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, place}) }
func answerOf(place byte) netip.Addr   { return netip.AddrFrom4([4]byte{93, 184, 216, place}) }

// Behind its walls, the gateway asks whom the host's file names at the moment, by whichever way that has become another
// one. The host's /etc is here the test's own.
func TestJailedGatewayFollowsResolvers(t *testing.T) {
	if os.Getenv(ownHost) == "" {
		onAnotherHost(t)
		return
	}
	const service = "/run/systemd/resolve/resolv.conf"
	furnish(t, filepath.Dir(service))
	for place := byte(1); place <= 4; place++ {
		serveResolver(t, place)
	}
	replaceResolvers(t, launch.ResolvConf, 1)
	replaceResolvers(t, service, 3)
	folder := filepath.Join(t.TempDir(), "net")
	p := plugInto(t, folder, "box", networkv1.Scope_SCOPE_PUBLIC, startGateway)
	defer awaitNone(t, folder)
	defer p.pull()
	walls := <-p.jails
	for _, name := range []string{jail.PartUser, jail.PartFiles} {
		if !slices.ContainsFunc(walls, func(part *jailv1.Part) bool { return part.GetName() == name && part.GetOff() == "" }) {
			t.Fatalf("%v", walls)
		}
	}
	p.learns(answerOf(1))
	replaceResolvers(t, launch.ResolvConf, 2)
	p.learns(answerOf(2))
	link := launch.ResolvConf + ".new"
	if err := errors.Join(os.Symlink(service, link), os.Rename(link, launch.ResolvConf)); err != nil {
		t.Fatal(err)
	}
	p.learns(answerOf(3))
	replaceResolvers(t, service, 4)
	p.learns(answerOf(4))
}

// onAnotherHost runs the test again, with a network and file systems of its own.
func onAnotherHost(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("no namespaces of its own: this needs root")
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), ownHost+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := again.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("no namespaces of its own")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func furnish(t *testing.T, folder string) {
	t.Helper()
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	for _, top := range []string{"/etc", "/run"} {
		err = errors.Join(err, unix.Mount("tmpfs", top, "tmpfs", 0, "mode=755"))
	}
	err = errors.Join(err, os.MkdirAll(folder, 0o755))
	if out, failed := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); failed != nil {
		t.Fatalf("%v %s", failed, out)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// replaceResolvers puts a file in the place of one that cannot be told from it by its size and time.
func replaceResolvers(t *testing.T, path string, place byte) {
	t.Helper()
	next, when := path+".new", time.Unix(1e9, 0)
	err := errors.Join(
		os.WriteFile(next, []byte("nameserver "+resolverOf(place).String()+"\n"), 0o644),
		os.Chtimes(next, when, when),
		os.Rename(next, path),
	)
	if err != nil {
		t.Fatal(err)
	}
}

func serveResolver(t *testing.T, place byte) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(resolverOf(place), 53)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buffer := make([]byte, 512)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			var message dnsmessage.Message
			if message.Unpack(buffer[:n]) != nil {
				continue
			}
			message.Response, message.RecursionAvailable, message.Additionals = true, true, nil
			// Known for long: what another place's resolver has said must be forgotten.
			head := dnsmessage.ResourceHeader{Name: message.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 3600}
			message.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: answerOf(place).As4()}}}
			if packed, err := message.Pack(); err == nil {
				_, _ = conn.WriteToUDPAddrPort(packed, from)
			}
		}
	}()
}

// learns asks the gateway for a name until it is told this address: the gateway looks at the host now and then.
func (p *plugged) learns(address netip.Addr) {
	p.Helper()
	question := p.question()
	answer := make([]byte, 2048)
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if _, err := p.end.Write(question); err != nil {
			p.Fatal(err)
		}
		if err := p.end.SetReadDeadline(deadline); err != nil {
			p.Fatal(err)
		}
		n, err := p.end.Read(answer)
		if err != nil {
			p.Fatal(err)
		}
		if bytes.Contains(answer[:n], address.AsSlice()) {
			return
		}
	}
	p.Fatalf("nobody says %s: %q", address, answer)
}

// question is the frame that asks the gateway where a host is.
func (p *plugged) question() []byte {
	p.Helper()
	message := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("a.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	words, err := message.Pack()
	if err != nil {
		p.Fatal(err)
	}
	own, _ := net.ParseMAC(lease.MAC(p.lease.Number))
	gateway, _ := net.ParseMAC(lease.GatewayMAC)
	packet := make([]byte, header.IPv4MinimumSize+header.UDPMinimumSize)
	ip := header.IPv4(packet)
	ip.Encode(&header.IPv4Fields{
		TotalLength: uint16(len(packet) + len(words)), TTL: 64, Protocol: uint8(header.UDPProtocolNumber),
		SrcAddr: tcpip.AddrFromSlice(lease.IPv4(p.lease.Number).AsSlice()), DstAddr: tcpip.AddrFromSlice(lease.Gateway4.AsSlice()),
	})
	ip.SetChecksum(^ip.CalculateChecksum())
	header.UDP(packet[header.IPv4MinimumSize:]).Encode(&header.UDPFields{
		SrcPort: 40_000, DstPort: 53, Length: uint16(header.UDPMinimumSize + len(words)),
	})
	return slices.Concat(gateway, own, []byte{8, 0}, packet, words)
}
