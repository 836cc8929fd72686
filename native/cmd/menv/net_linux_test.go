package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	jailv1 "sandboxfile/native/gen/menv/jail/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/jail"
	"sandboxfile/native/internal/network/control"
	"sandboxfile/native/internal/network/lease"
	"sandboxfile/native/internal/network/plug"
	"sandboxfile/native/internal/vmm"
)

// plugged is a device without a guest, kept connected as a supervisor does it.
type plugged struct {
	*testing.T
	lease *lease.Lease
	plug  *plug.Plug
	end   net.Conn // the guest's
	told  chan error
	// jails and denials get what the gateway says.
	jails   chan []*jailv1.Part
	denials chan string
}

func plugIn(t *testing.T, folder, name string, start func(context.Context, *networkv1.Member) error) *plugged {
	t.Helper()
	return plugInto(t, folder, name, networkv1.Scope_SCOPE_GROUP, start)
}

func plugInto(t *testing.T, folder, name string, scope networkv1.Scope, start func(context.Context, *networkv1.Member) error) *plugged {
	t.Helper()
	taken, err := lease.Take(folder, name)
	if err != nil {
		t.Fatal(err)
	}
	host, guest, err := vmm.FramePair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close() })
	p := &plugged{T: t, lease: taken, told: make(chan error, 100)}
	p.jails, p.denials = make(chan []*jailv1.Part, 100), make(chan string, 100)
	if p.end, err = net.FileConn(guest); err != nil {
		t.Fatal(err)
	}
	guest.Close()
	t.Cleanup(func() { p.end.Close() })
	p.plug = plug.Insert(plug.Options{
		Attach: &networkv1.Attach{
			Member:    &networkv1.Member{Folder: folder, Name: name, Scope: scope},
			Interface: taken.Interface(nil),
		},
		Device: host,
		Start:  start, Tell: func(jail []*jailv1.Part, err error) {
			p.told <- err
			if err == nil {
				p.jails <- jail
			}
		},
		Denied: func(line []byte) { p.denials <- string(line) },
	})
	return p
}

func (p *plugged) pull() {
	p.plug.Pull()
	p.lease.Release()
}

// answers wants the gateway to say who it is. What was sent while there was none is answered, too.
func (p *plugged) answers() {
	p.Helper()
	mac, err := net.ParseMAC(lease.MAC(p.lease.Number))
	if err != nil {
		p.Fatal(err)
	}
	question := append(bytes.Repeat([]byte{255}, 6), mac...)
	question = append(append(question, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1), mac...)
	question = append(append(question, lease.IPv4(p.lease.Number).AsSlice()...), make([]byte, 6)...)
	question = append(question, lease.Gateway4.AsSlice()...)
	if _, err := p.end.Write(question); err != nil {
		p.Fatal(err)
	}
	if err := p.end.SetReadDeadline(time.Now().Add(hang)); err != nil {
		p.Fatal(err)
	}
	answer := make([]byte, 2048)
	n, err := p.end.Read(answer)
	if err != nil || n < 42 || answer[21] != 2 {
		p.Fatalf("%x, %v", answer[:n], err)
	}
}

// It is nobody's equal, and what a guest is denied is kept by its supervisor.
func TestUserOfTheGateway(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "net")
	p := plugIn(t, folder, "box", startGateway)
	defer awaitNone(t, folder)
	defer p.pull()
	p.answers()
	for _, pid := range gateways(t, folder) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		if own := strings.Contains(string(status), fmt.Sprintf("Uid:\t%d\t", os.Getuid())); own != (os.Getuid() != 0) {
			t.Errorf("%s", status)
		}
	}
	part := <-p.jails
	if i := slices.IndexFunc(part, func(part *jailv1.Part) bool { return part.GetName() == jail.PartUser }); i < 0 || part[i].GetOff() != "" {
		t.Errorf("%v", part)
	}
	// A TCP packet's first, to where nobody is.
	mac, err := net.ParseMAC(lease.MAC(p.lease.Number))
	if err != nil {
		t.Fatal(err)
	}
	gateway, err := net.ParseMAC(lease.GatewayMAC)
	if err != nil {
		t.Fatal(err)
	}
	frame := append(append(append(gateway, mac...), 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0), lease.IPv4(p.lease.Number).AsSlice()...)
	frame = append(frame, 127, 0, 0, 1, 9, 9, 9, 9, 0, 8, 0, 0)
	if _, err := p.end.Write(frame); err != nil {
		t.Fatal(err)
	}
	select {
	case line := <-p.denials:
		if !strings.Contains(line, `"address":"127.0.0.1"`) || !strings.HasSuffix(line, "}\n") {
			t.Errorf("%q", line)
		}
	case <-time.After(hang):
		t.Fatal("nothing was denied")
	}
}

// gateways are the processes that serve a folder.
func gateways(t *testing.T, folder string) (found []int) {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		words, err := os.ReadFile(path)
		if err == nil && strings.HasSuffix(string(words), "\x00net\x00"+folder+"\x00") {
			pid, err := strconv.Atoi(strings.Split(path, "/")[2])
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, pid)
		}
	}
	return found
}

func awaitNone(t *testing.T, folder string) {
	t.Helper()
	awaitNoGateway(t, folder)
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		entries, _ := os.ReadDir(folder)
		t.Errorf("left of the network: %v, %v", entries, err)
	}
}

func awaitNoGateway(t *testing.T, folder string) {
	t.Helper()
	for deadline := time.Now().Add(hang); len(gateways(t, folder)) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("gateways are left: %v", gateways(t, folder))
		}
	}
}

// Many begin at once: there is one gateway, and it ends with the last of them.
func TestOneGateway(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "net")
	for round := range 3 {
		var all, here sync.WaitGroup
		here.Add(8)
		for n := range 8 {
			all.Go(func() {
				p := plugIn(t, folder, fmt.Sprintf("box %d", n), startGateway)
				defer p.pull()
				p.answers()
				here.Done()
				here.Wait() // nobody leaves before all have come
				if found := gateways(t, folder); len(found) != 1 {
					t.Errorf("round %d: gateways %v", round, found)
				}
			})
		}
		all.Wait()
		awaitNone(t, folder)
	}
}

// The gateway is killed: the next one has the same sandboxes, and they notice a pause.
func TestGatewayKilled(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "net")
	first, second := plugIn(t, folder, "first", startGateway), plugIn(t, folder, "second", startGateway)
	first.answers()
	second.answers()
	for range 3 {
		for _, pid := range gateways(t, folder) {
			process, err := os.FindProcess(pid)
			if err != nil {
				t.Fatal(err)
			}
			if err := process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		first.answers()
		second.answers()
	}
	if info, err := os.Stat(filepath.Join(folder, control.SocketName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	first.pull()
	second.answers()
	second.pull()
	awaitNone(t, folder)
}

// A gateway that does not start is told about, and tried again.
func TestGatewayDoesNotStart(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "net")
	failures := 2
	p := plugIn(t, folder, "box", func(ctx context.Context, member *networkv1.Member) error {
		if failures > 0 {
			failures--
			return errors.New("not now")
		}
		return startGateway(ctx, member)
	})
	for _, want := range []string{"not now", "not now", ""} {
		select {
		case err := <-p.told:
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("told %v, not %q", err, want)
			}
		case <-time.After(hang):
			t.Fatal("nothing was told")
		}
	}
	p.answers()
	p.pull()
	awaitNone(t, folder)
}

// A starter that dies before its sandbox is attached leaves no gateway behind; its files go with who comes next.
func TestGatewayOfNobody(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "net")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := startGateway(t.Context(), &networkv1.Member{Folder: folder}); err != nil {
		t.Fatal(err)
	}
	awaitNoGateway(t, folder)
	next := plugIn(t, folder, "box", startGateway)
	next.answers()
	next.pull()
	awaitNone(t, folder)
}
