package link

import (
	"encoding/binary"
	"io"
	"net/http"
	"strings"
)

// envelopeHead is what Connect puts before each message of a stream: flags and the message's length.
const envelopeHead = 5

// whole has the messages of a stream leave as they are: see envelopes.
func whole(request *http.Request) *http.Request {
	pipe, ok := request.Body.(*io.PipeReader)
	if !ok || !strings.HasPrefix(request.Header.Get("Content-Type"), "application/connect+") {
		return request
	}
	changed := *request
	changed.Body = &envelopes{PipeReader: pipe}
	return &changed
}

// envelopes reads a stream's messages from the pipe into which Connect writes them, head and message one after
// the other, so that both come in one read: each read is a frame, a write and a wake of the guest.
type envelopes struct {
	*io.PipeReader
	left int // of the message's bytes
}

// Read needs room for a head and gives at most one message.
func (e *envelopes) Read(into []byte) (int, error) {
	head := 0
	if e.left == 0 {
		if len(into) < envelopeHead {
			return 0, io.ErrShortBuffer
		}
		n, err := io.ReadFull(e.PipeReader, into[:envelopeHead])
		if err != nil {
			return n, err
		}
		head, e.left = n, int(binary.BigEndian.Uint32(into[1:n]))
	}
	// Of an empty message nothing follows.
	end := head + min(e.left, len(into)-head)
	if end == head {
		return head, nil
	}
	n, err := e.PipeReader.Read(into[head:end])
	e.left -= n
	return head + n, err
}
