package pool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
)

// The test binary is a member without a guest when it is started as one. Members with guests are tested
// with real ones, from the engine.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "spare" {
		os.Exit(member0())
	}
	os.Exit(m.Run())
}

func member0() int {
	keeper, err := KeeperOf(os.Stdin)
	if err != nil {
		return 1
	}
	spec := &machinev1.MachineSpec{}
	if ReadLine(keeper, 1<<20, spec) != nil || spec.GetMemoryMib() == unmakeable ||
		spec.GetMemoryMib() == imagesOwn && spec.GetRootDisk() != onlyImage {
		return 1
	}
	if WriteLine(keeper, &machinev1.StartReport{}) != nil {
		return 1
	}
	client, err := Receive(keeper)
	if err != nil {
		return 0
	}
	_ = WriteLine(client, &machinev1.StartReport{Result: &machinev1.StartReport_Taken{Taken: &machinev1.Taken{}}})
	return 0
}

const (
	// unmakeable MiB are what no member can have, imagesOwn what only those of one image can.
	unmakeable = 7
	imagesOwn  = 8
	onlyImage  = "/image"
)

const hang = time.Minute

// plenty says nothing of memory.
var plenty = Memory{Look: time.Hour}

// kept is a running pool.
type kept struct {
	*testing.T
	home  string
	ended chan error
	stop  context.CancelFunc
}

func keepPool(t *testing.T, memory Memory) *kept {
	t.Helper()
	home, err := os.MkdirTemp("", "pool-")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	k := &kept{T: t, home: home, ended: make(chan error, 1), stop: stop}
	listening := make(chan struct{})
	go func() {
		k.ended <- Run(ctx, Options{Home: home, Program: os.Args[0], Memory: memory, Listening: func(string) { close(listening) }})
	}()
	t.Cleanup(func() {
		stop()
		os.RemoveAll(home)
	})
	select {
	case <-listening:
	case err := <-k.ended:
		t.Fatal(err)
	}
	return k
}

func (k *kept) awaitEnd() {
	k.Helper()
	select {
	case err := <-k.ended:
		if err != nil {
			k.Fatal(err)
		}
	case <-time.After(hang):
		k.Fatal("the pool goes on")
	}
}

func (k *kept) dial() net.Conn {
	k.Helper()
	conn, err := net.Dial("unix", filepath.Join(Folder(k.home), socketName))
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(hang))
	return conn
}

func guest(memory uint32) *machinev1.MachineSpec {
	return &machinev1.MachineSpec{Cpus: 1, MemoryMib: memory, Kernel: "/k", AgentDisk: "/a", EmptyDisk: "/e", Sandbox: "not a part of it"}
}

// front keeps the pool and follows it.
type front struct {
	net.Conn
	lines *bufio.Scanner
}

func (k *kept) front(size uint32, guests ...*machinev1.MachineSpec) *front {
	k.Helper()
	f := &front{Conn: k.dial()}
	f.lines = bufio.NewScanner(f.Conn)
	request := &machinev1.PoolRequest{Menv: os.Args[0], Request: &machinev1.PoolRequest_Keep{
		Keep: &machinev1.PoolKeep{Size: &size, Guests: guests},
	}}
	if err := WriteLine(f.Conn, request); err != nil {
		k.Fatal(err)
	}
	return f
}

// until returns the first state that is so.
func (k *kept) until(f *front, is func(*machinev1.PoolState) bool) *machinev1.PoolState {
	k.Helper()
	for f.lines.Scan() {
		state := &machinev1.PoolState{}
		if err := protojson.Unmarshal(f.lines.Bytes(), state); err != nil {
			k.Fatal(err)
		}
		if is(state) {
			return state
		}
	}
	k.Fatal("the pool has ended: ", f.lines.Err())
	return nil
}

func holds(count uint32) func(*machinev1.PoolState) bool {
	return func(state *machinev1.PoolState) bool { return state.GetReady() == count }
}

// claim tells whether a member has taken the connection.
func (k *kept) claim(spec *machinev1.MachineSpec) bool {
	k.Helper()
	conn := k.dial()
	if err := WriteLine(conn, &machinev1.PoolRequest{Menv: os.Args[0], Request: &machinev1.PoolRequest_Claim{Claim: spec}}); err != nil {
		k.Fatal(err)
	}
	report := &machinev1.StartReport{}
	err := ReadLine(conn, reportBytes, report)
	if err != nil && !errors.Is(err, io.EOF) {
		k.Fatal(err)
	}
	return report.GetTaken() != nil
}

func TestEachMemberIsClaimedOnce(t *testing.T) {
	k := keepPool(t, plenty)
	f := k.front(2, guest(128))
	k.until(f, holds(2))
	taken := make(chan bool)
	for range 5 {
		go func() { taken <- k.claim(guest(128)) }()
	}
	count := 0
	for range 5 {
		if <-taken {
			count++
		}
	}
	if count != 2 {
		t.Fatalf("%d of 2 members were claimed", count)
	}
	// What was asked for is there later; of what was not, nothing is.
	k.until(f, holds(2))
	if k.claim(guest(512)) {
		t.Fatal("a guest of another kind")
	}
	k.until(f, holds(4))
	f.Close()
	k.awaitEnd()
}

func ofImage(memory uint32, image string) *machinev1.MachineSpec {
	spec := guest(memory)
	spec.RootDisk = image
	return spec
}

func TestAGuestOfNoImageIsForAll(t *testing.T) {
	k := keepPool(t, plenty)
	f := k.front(1, guest(128))
	k.until(f, holds(1))
	if !k.claim(ofImage(128, onlyImage)) {
		t.Fatal("not for a sandbox with an image")
	}
	k.until(f, holds(2)) // one for all again, and the image's own
}

// Programs of an image have run in a guest that has rehearsed with it.
func TestAnImagesGuestsAreForItsSandboxesOnly(t *testing.T) {
	k := keepPool(t, plenty)
	f := k.front(1, ofImage(imagesOwn, onlyImage))
	k.until(f, holds(1))
	for _, other := range []string{"/another", ""} {
		if k.claim(ofImage(imagesOwn, other)) {
			t.Fatalf("%q got it", other)
		}
	}
	if !k.claim(ofImage(imagesOwn, onlyImage)) {
		t.Fatal("nobody gets it")
	}
}

func TestEndsWithTheLastFrontEnd(t *testing.T) {
	k := keepPool(t, plenty)
	first, second := k.front(1, guest(128)), k.front(3)
	pids := k.until(second, holds(3)).GetPids()
	first.Close()
	if !k.claim(guest(128)) {
		t.Fatal("the pool has ended with the first of two")
	}
	second.Close()
	k.awaitEnd()
	for _, pid := range pids {
		// The claimed one ends by itself, some time.
		for deadline := time.Now().Add(hang); isThere(pid); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("member %d is left", pid)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(Folder(k.home), socketName)); err == nil {
		t.Error("the socket is left")
	}
}

func isThere(pid uint32) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	return err == nil
}

func TestOnlyOneKeeps(t *testing.T) {
	k := keepPool(t, plenty)
	err := Run(t.Context(), Options{Home: k.home, Program: os.Args[0]})
	if !errors.Is(err, ErrKept) {
		t.Fatal(err)
	}
}

func TestGivesBackWhenMemoryIsShort(t *testing.T) {
	info := filepath.Join(t.TempDir(), "meminfo")
	free := func(available int) {
		t.Helper()
		text := fmt.Sprintf("MemTotal: %d kB\nMemFree: 1 kB\nMemAvailable: %d kB\n", 1<<20, available)
		if err := os.WriteFile(info+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(info+".new", info); err != nil {
			t.Fatal(err)
		}
	}
	free(1 << 19)
	k := keepPool(t, Memory{Info: info, Pressure: "/nonexistent", Look: 10 * time.Millisecond})
	f := k.front(2, guest(128))
	k.until(f, holds(2))
	free(1 << 15)
	k.until(f, holds(0))
	if k.claim(guest(128)) {
		t.Fatal("a guest was kept")
	}
}

func TestSizeByFreeMemory(t *testing.T) {
	info := filepath.Join(t.TempDir(), "meminfo")
	for text, sizes := range map[string][2]int{ // of one kind, of three
		"MemTotal: 33554432 kB\nMemAvailable: 25165824 kB\n": {2, 2},
		"MemTotal: 16777216 kB\nMemAvailable: 4194304 kB\n":  {2, 0},
		"MemTotal: 8388608 kB\nMemAvailable: 2097152 kB\n":   {1, 0},
		"MemTotal: 8388608 kB\nMemAvailable: 400000 kB\n":    {0, 0},
		"nothing\n": {0, 0},
	} {
		if err := os.WriteFile(info, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		memory := Memory{Info: info}
		if got := [2]int{memory.Size(1), memory.Size(3)}; got != sizes {
			t.Errorf("%q: %v, not %v", text, got, sizes)
		}
	}
}

func TestMalformedRequests(t *testing.T) {
	k := keepPool(t, plenty)
	f := k.front(1, guest(128))
	k.until(f, holds(1))
	for name, line := range map[string]string{
		"not JSON":      "x\n",
		"nothing":       "\n",
		"another build": `{"menv":"/bin/sh","claim":{"cpus":1,"memoryMib":128,"kernel":"/k","agentDisk":"/a","emptyDisk":"/e"}}` + "\n",
		"no request":    fmt.Sprintf("{\"menv\":%q}\n", os.Args[0]),
		"no guest":      fmt.Sprintf("{\"menv\":%q,\"claim\":{}}\n", os.Args[0]),
		"endless":       strings.Repeat("x", 2*maxRequest),
	} {
		conn := k.dial()
		_, _ = io.WriteString(conn, line)
		if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%s is answered", name)
		}
	}
	if !k.claim(guest(128)) {
		t.Error("the pool is spoilt")
	}
}

func TestUnmakeableGuestsAreNotMadeAllTheTime(t *testing.T) {
	k := keepPool(t, plenty)
	// Its first failure is behind it when the other kind, asked for less recently, has its turn.
	f := k.front(1, guest(unmakeable), guest(128))
	k.until(f, holds(1))
}
