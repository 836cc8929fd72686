package wire

import (
	"encoding/binary"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/network/frames"
)

const hang = 30 * time.Second

// pair is a wire and the device at its other end.
func pair(t testing.TB) (w *Wire, device *os.File) {
	t.Helper()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range ends {
		unix.CloseOnExec(end)
		if err := unix.SetNonblock(end, true); err != nil {
			t.Fatal(err)
		}
	}
	device = os.NewFile(uintptr(ends[1]), "device")
	t.Cleanup(func() { device.Close() })
	if w, err = New(os.NewFile(uintptr(ends[0]), "host")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, device
}

// A guest that takes nothing for a while gets what there was room for, whole and in order, whether it waited in
// the socket or in the queue; and what comes after it has caught up.
func TestOfferedFramesKeepTheirOrder(t *testing.T) {
	w, device := pair(t)
	frame := make([]byte, 8<<10)
	next, refused := uint32(0), false
	offer := func() bool {
		binary.BigEndian.PutUint32(frame, next)
		if !w.Offer(frame) {
			return false
		}
		next++
		return true
	}
	for !refused {
		refused = !offer()
		if int(next) > 2*queuedBytes/len(frame) {
			t.Fatalf("%d frames, and no end", next)
		}
	}
	if int(next) < queuedBytes/len(frame) {
		t.Errorf("only %d frames had room", next)
	}
	received := make([]byte, frames.MaxSize)
	if err := device.SetReadDeadline(time.Now().Add(hang)); err != nil {
		t.Fatal(err)
	}
	for want := uint32(0); want < next; want++ {
		n, err := device.Read(received)
		if err != nil || n != len(frame) || binary.BigEndian.Uint32(received) != want {
			t.Fatalf("frame %d: %d bytes, number %d, %v", want, n, binary.BigEndian.Uint32(received), err)
		}
		if want%3 == 0 && next < 5000 {
			offer()
		}
	}
}

// Who waits for the device holds up nobody who does not wait.
func TestOfferBesideAWaitingWriter(t *testing.T) {
	w, _ := pair(t)
	frame := make([]byte, 8<<10)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for w.Write(frame) == nil {
		}
	}()
	offered := make(chan struct{})
	go func() {
		defer close(offered)
		for w.Offer(frame) {
		}
	}()
	select {
	case <-offered:
	case <-time.After(hang):
		t.Error("an offer waits")
	}
	w.Close()
	<-written
}

func BenchmarkOffer(b *testing.B) {
	w, device := pair(b)
	go func() {
		received := make([]byte, frames.MaxSize)
		for {
			if _, err := device.Read(received); err != nil {
				return
			}
		}
	}()
	frame := make([]byte, 60<<10)
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		for !w.Offer(frame) {
		}
	}
}
