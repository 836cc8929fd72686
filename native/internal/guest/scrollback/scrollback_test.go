package scrollback

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"
)

func fill(t *testing.T, r *Ring, stream Stream, data []byte) {
	t.Helper()
	for len(data) > 0 {
		n, err := r.Fill(stream, func(space []byte) (int, error) { return copy(space, data), nil })
		if err != nil || n == 0 {
			t.Fatal(n, err)
		}
		data = data[n:]
	}
}

func drain(r *Reader) (all []byte, streams map[Stream][]byte) {
	streams = map[Stream][]byte{}
	for {
		stream, data, ok := r.Next(context.Background())
		if !ok {
			return all, streams
		}
		all = append(all, data...)
		streams[stream] = append(streams[stream], data...)
	}
}

func TestLateReaderSeesTheEnd(t *testing.T) {
	r := New()
	data := make([]byte, Size+12345)
	for i := range data {
		data[i] = byte(i * 7 / 3)
	}
	fill(t, r, Stdout, data)
	r.Close()
	reader, missed := r.Attach(1 << 30)
	got, _ := drain(reader)
	if missed+uint64(len(got)) != uint64(len(data)) || !bytes.Equal(got, data[missed:]) || len(got) != Size {
		t.Fatalf("missed %d, got %d of %d", missed, len(got), len(data))
	}
	short, missed := r.Attach(10)
	if got, _ := drain(short); !bytes.Equal(got, data[len(data)-10:]) || missed != uint64(len(data)-10) {
		t.Fatalf("%q after %d", got, missed)
	}
}

func TestSlowestReaderPacesAndNothingIsLost(t *testing.T) {
	r := New()
	readers := make([]*Reader, 3)
	for i := range readers {
		readers[i], _ = r.Attach(0)
	}
	random := rand.New(rand.NewPCG(1, 2))
	want := map[Stream][]byte{}
	chunks := make([][]byte, 400)
	for i := range chunks {
		chunks[i] = bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 1+random.IntN(5000))
		want[Stream(i%2)] = append(want[Stream(i%2)], chunks[i]...)
	}
	go func() {
		for i, chunk := range chunks {
			for len(chunk) > 0 {
				n, _ := r.Fill(Stream(i%2), func(space []byte) (int, error) { return copy(space, chunk), nil })
				chunk = chunk[n:]
			}
		}
		r.Close()
	}()
	done := make(chan map[Stream][]byte)
	for _, reader := range readers {
		go func() {
			_, streams := drain(reader)
			done <- streams
		}()
	}
	for range readers {
		got := <-done
		if !bytes.Equal(got[Stdout], want[Stdout]) || !bytes.Equal(got[Stderr], want[Stderr]) {
			t.Fatal("a reader got other bytes than were written")
		}
	}
}

func TestReaderThatLeavesFreesTheWriter(t *testing.T) {
	r := New()
	stalled, _ := r.Attach(0)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for range 3 * Size / 4096 {
			_, _ = r.Fill(Stdout, func(space []byte) (int, error) { return min(len(space), 4096), nil })
		}
	}()
	select {
	case <-written:
		t.Fatal("nobody has read, yet everything was written")
	default:
	}
	stalled.Detach()
	<-written
}

func TestCancelledReaderReturns(t *testing.T) {
	r := New()
	reader, _ := r.Attach(0)
	ctx, cancel := context.WithCancel(context.Background())
	go cancel()
	if _, _, ok := reader.Next(ctx); ok {
		t.Fatal("output from nowhere")
	}
}

func TestAlternatingStreamsStayBounded(t *testing.T) {
	r := New()
	for i := range 3 * maxSegments {
		fill(t, r, Stream(i%2), []byte{byte(i)})
	}
	if len(r.segments) > maxSegments {
		t.Fatalf("%d segments", len(r.segments))
	}
}
