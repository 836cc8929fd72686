package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// Whatever the reader has room for, it gets the same bytes, and what fits of a message comes at once.
func TestMessagesComeWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var messages [][]byte
	var sent []byte
	for range 300 {
		message := make([]byte, random.IntN(3)*random.IntN(400))
		for i := range message {
			message[i] = byte(random.Uint32())
		}
		messages = append(messages, message)
		sent = append(append(sent, headOf(message)...), message...)
	}
	for _, room := range []int{5, 6, 64, 803, 1 << 20} {
		pipe, writer := io.Pipe()
		go func() {
			for _, message := range messages {
				_, _ = writer.Write(headOf(message))
				_, _ = writer.Write(message)
			}
			_ = writer.Close()
		}()
		reader := &envelopes{PipeReader: pipe}
		var got []byte
		reads, buffer := 0, make([]byte, room)
		for {
			n, err := reader.Read(buffer)
			got = append(got, buffer[:n]...)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			reads++
		}
		if !bytes.Equal(got, sent) {
			t.Errorf("room for %d: %d of %d bytes", room, len(got), len(sent))
		}
		if room > 803 && reads != len(messages) {
			t.Errorf("%d messages came in %d reads", len(messages), reads)
		}
	}
}

// A sender that goes in the middle of a message is no end of the stream that it has said.
func TestMessagesThatBreakOff(t *testing.T) {
	gone := errors.New("gone")
	for _, written := range [][]byte{nil, {0, 0}, {0, 0, 0, 0, 9}, {0, 0, 0, 0, 9, 1, 2}} {
		pipe, writer := io.Pipe()
		go func() {
			_, _ = writer.Write(written)
			_ = writer.CloseWithError(gone)
		}()
		got, err := io.ReadAll(&envelopes{PipeReader: pipe})
		if !bytes.Equal(got, written) || !errors.Is(err, gone) {
			t.Errorf("%v: %v, %v", written, got, err)
		}
	}
}

func headOf(message []byte) []byte {
	return binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
}
