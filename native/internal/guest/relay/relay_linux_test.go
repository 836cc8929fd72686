package relay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"

	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

func message(length int, code uint32, unique uint64) []byte {
	m := bytes.Repeat([]byte{0xab}, length)
	binary.LittleEndian.PutUint32(m, uint32(length))
	binary.LittleEndian.PutUint32(m[codeAt:], code)
	binary.LittleEndian.PutUint64(m[uniqueAt:], unique)
	return m
}

// pair answers a file, and the descriptor of its other end. Ends of the kernel keep messages apart.
func pair(t *testing.T, kind int) (*os.File, int) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, kind, 0)
	if err != nil {
		t.Fatal(err)
	}
	end := os.NewFile(uintptr(fds[0]), "end")
	ends = append(ends, end)
	return end, fds[1]
}

// ends keeps them open: the relay ends its process when its host does.
var ends []*os.File

// offer is a kernel's first request.
func offer(major, minor uint32) []byte {
	m := message(inHeaderBytes+64, uint32(fuse.OpInit), 2)
	binary.LittleEndian.PutUint32(m[inHeaderBytes:], major)
	binary.LittleEndian.PutUint32(m[inHeaderBytes+4:], minor)
	return m
}

func TestAKernelThatOffersAnotherProtocolIsRefused(t *testing.T) {
	for what, first := range map[string][]byte{
		"another generation": offer(8, 0), "an old kernel": offer(7, minMinor-1),
		"another request": message(inHeaderBytes+64, 3, 2), "half a request": offer(7, 41)[:inHeaderBytes+8],
	} {
		kernel, fd := pair(t, syscall.SOCK_SEQPACKET)
		if _, err := kernel.Write(first); err != nil {
			t.Fatal(err)
		}
		if err := New(-1).Carry(Mount{0, fd, -1}); !errors.Is(err, errMounts) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The relay's threads live as long as this process; nothing here hangs up.
func TestMessagesFindTheirWay(t *testing.T) {
	host, port := pair(t, syscall.SOCK_STREAM)
	first, firstFD := pair(t, syscall.SOCK_SEQPACKET)
	second, secondFD := pair(t, syscall.SOCK_SEQPACKET)
	r := New(port)
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	expect := func(from io.Reader, want []byte) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(from, got); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%x %v, not %x", got[:min(len(got), 48)], err, want[:min(len(want), 48)])
		}
	}
	give := func(to io.Writer, data []byte) {
		t.Helper()
		if _, err := to.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	for number, kernel := range []*os.File{first, second} {
		give(kernel, offer(7, 41))
		if err := r.Carry(Mount{number, []int{firstFD, secondFD}[number], -1}); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, outHeaderBytes+64)
		if _, err := io.ReadFull(kernel, answer); err != nil {
			t.Fatal(err)
		}
		if unique := binary.LittleEndian.Uint64(answer[uniqueAt:]); unique != 2 || binary.LittleEndian.Uint32(answer[codeAt:]) != 0 {
			t.Fatalf("the kernel's offer is answered with %x", answer)
		}
	}
	give(second, message(56, 3, 8))
	expect(host, message(56, 3, 8|1<<volumewire.MountShift))
	give(first, message(100_000, 16, 10))
	expect(host, message(100_000, 16, 10))

	// What has no answer goes with what comes next, in order, as long as it is not much.
	for _, code := range []uint32{opForget, opBatchForget} {
		give(first, message(64, code, 18))
	}
	give(first, message(40, 5, 20))
	expect(host, message(64, opForget, 18))
	expect(host, message(64, opBatchForget, 18))
	expect(host, message(40, 5, 20))
	give(first, message(maxForgets+8, opBatchForget, 22))
	expect(host, message(maxForgets+8, opBatchForget, 22))
	// Or by itself, when nothing comes: a removed file's place waits for it.
	give(second, message(64, opForget, 24))
	expect(host, message(64, opForget, 24|1<<volumewire.MountShift))

	// Answers come in pieces, and several in one.
	answers := append(message(16, 0, 8|1<<volumewire.MountShift), message(90_000, 0, 10)...)
	for at := 0; at < len(answers); at += 7_777 {
		give(host, answers[at:min(at+7_777, len(answers))])
	}
	expect(second, message(16, 0, 8))
	expect(first, message(90_000, 0, 10))
	give(host, message(16, 0, 12|9<<volumewire.MountShift)) // of no mount

	hold, goOn := message(16, volumewire.CodeHold, 0), message(16, volumewire.CodeGoOn, 0)
	held := make([]byte, inHeaderBytes)
	binary.LittleEndian.PutUint32(held, inHeaderBytes)
	binary.LittleEndian.PutUint32(held[codeAt:], volumewire.OpHeld)
	give(host, hold)
	expect(host, held)
	give(first, message(40, 5, 14))
	give(host, hold) // again: nothing of the mount has come in between
	expect(host, held)
	give(host, goOn)
	expect(host, message(40, 5, 14))
	give(host, goOn) // of no hold
	give(first, message(40, 5, 16))
	expect(host, message(40, 5, 16))
}
