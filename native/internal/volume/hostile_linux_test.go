package volume

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// FuzzRequests: whatever a guest sends, the answer is whole and nothing outside the folder is touched.
func FuzzRequests(f *testing.F) {
	g := serve(f, Config{})
	write(f, g.host("file"), "text")
	for op := range uint32(54) {
		f.Add(op, uint64(fuse.RootID), []byte("file\x00other\x00"))
		f.Add(op, uint64(2), bytes.Repeat([]byte{0xff}, 80))
		f.Add(op, uint64(2), make([]byte, 128))
	}
	f.Fuzz(func(t *testing.T, op uint32, node uint64, body []byte) {
		if len(body) > volumewire.MaxRequest-fuse.InHeaderBytes {
			return
		}
		exchange(t, g, fuse.Opcode(op), node, body)
	})
}

// exchange sends a request and, behind it, one that is always answered.
func exchange(t testing.TB, g *guest, op fuse.Opcode, node uint64, body []byte) {
	if op == volumewire.OpHeld {
		return
	}
	const last = 1 << 40
	message := append(request(op, 7, node, body), request(fuse.OpDestroy, last, fuse.RootID, nil)...)
	if _, err := g.conn.Write(message); err != nil {
		t.Fatal(err)
	}
	answers, wanted := 0, 2
	if operations[op].silent || op == fuse.OpInterrupt {
		wanted = 1
	}
	for ; answers < wanted; answers++ {
		head := make([]byte, fuse.OutHeaderBytes)
		if _, err := io.ReadFull(g.conn, head); err != nil {
			t.Fatalf("opcode %d: %v", op, err)
		}
		length := binary.LittleEndian.Uint32(head)
		if binary.LittleEndian.Uint32(head[4:]) == volumewire.CodeChanged {
			answers-- // of what the test has done to the folder
		} else if unique := binary.LittleEndian.Uint64(head[8:]); unique != 7 && unique != last {
			t.Fatalf("opcode %d: an answer to %d", op, unique)
		}
		if length < fuse.OutHeaderBytes || length > volumewire.MaxRequest {
			t.Fatalf("opcode %d: an answer of %d bytes", op, length)
		}
		if _, err := io.CopyN(io.Discard, g.conn, int64(length-fuse.OutHeaderBytes)); err != nil {
			t.Fatal(err)
		}
	}
}

// cases is how many random requests there are; VOLUME_CASES makes them more.
func cases(t *testing.T) int {
	count := 5000
	if text := os.Getenv("VOLUME_CASES"); text != "" {
		if _, err := fmt.Sscan(text, &count); err != nil {
			t.Fatal(err)
		}
	}
	return count
}

func TestRandomRequests(t *testing.T) {
	g, _ := withSecret(t)
	write(t, g.host("file"), "text")
	g.mustLookup(fuse.RootID, "file")
	const seed = 20
	random := rand.New(rand.NewPCG(seed, seed))
	names := []string{"file", "new", "..", "a/b", "../secret", "\xff", ""}
	for i := range cases(t) {
		body := make([]byte, random.IntN(96))
		for at := range body {
			if random.IntN(3) == 0 {
				body[at] = byte(random.Uint32())
			}
		}
		for random.IntN(2) == 0 {
			body = append(append(body, names[random.IntN(len(names))]...), 0)
		}
		node := []uint64{1, 2, 3, 4, 0, random.Uint64()}[random.IntN(6)]
		op := fuse.Opcode(random.IntN(54))
		if random.IntN(50) == 0 {
			op = fuse.Opcode(random.Uint32())
		}
		if t.Failed() {
			t.Fatalf("case %d of seed %d", i, seed)
		}
		exchange(t, g, op, node, body)
	}
}

// A request whose length cannot be ends the wire: what follows could be anything.
func TestBrokenLengths(t *testing.T) {
	for _, length := range []uint32{0, 1, fuse.InHeaderBytes - 1, volumewire.MaxRequest + 1, 1<<32 - 1} {
		g := serve(t, Config{})
		message := request(fuse.OpGetattr, 2, 1, nil)
		binary.LittleEndian.PutUint32(message, length)
		if _, err := g.conn.Write(message); err != nil {
			t.Fatal(err)
		}
		if _, err := g.conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("a length of %d is answered", length)
		}
	}
}

// A mount that there is not gets no answer, and hurts nobody.
func TestStrangeMount(t *testing.T) {
	g := serve(t, Config{})
	if _, err := g.conn.Write(request(fuse.OpGetattr, 9<<volumewire.MountShift, 1, make([]byte, 16))); err != nil {
		t.Fatal(err)
	}
	if _, err := g.ask(fuse.OpGetattr, fuse.RootID, uint64(0), uint64(0)); err != nil {
		t.Error(err)
	}
}
