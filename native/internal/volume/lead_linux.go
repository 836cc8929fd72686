package volume

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// hesitation is how long a request may keep the others from being read. To hand one over costs more than most of
// them take, so who reads them answers them, and another goes on reading where that takes long: a file system that
// does not answer stops its own volume only.
const hesitation = 50 * time.Millisecond

// lead reads the wire, in one goroutine at a time.
type lead struct {
	server *Server
	reader *bufio.Reader
	ended  chan error // one place
}

// run reads until the wire ends or another has gone on.
func (l *lead) run() {
	head := make([]byte, fuse.InHeaderBytes)
	for {
		request, body, err := l.next(head)
		if err != nil || body == nil {
			l.ended <- err
			return
		}
		if !l.take(request, body) {
			return
		}
	}
}

// next reads a request; without one the VMM has ended. An error is a breach of the wire.
func (l *lead) next(head []byte) (request fuse.Header, body *[]byte, err error) {
	if _, err := io.ReadFull(l.reader, head); err != nil {
		return request, nil, nil
	}
	request = fuse.ParseHeader(head)
	if request.Length < fuse.InHeaderBytes || request.Length > volumewire.MaxRequest {
		return request, nil, fmt.Errorf("a request of %d bytes", request.Length)
	}
	body = l.server.buffer(int(request.Length))
	if _, err := io.ReadFull(l.reader, (*body)[:request.Length-fuse.InHeaderBytes]); err != nil {
		l.server.release(body)
		return request, nil, nil
	}
	return request, body, nil
}

// take answers a request or has it answered. It tells whether the reading goes on here.
func (l *lead) take(request fuse.Header, body *[]byte) bool {
	s := l.server
	mount := request.Unique >> volumewire.MountShift
	switch {
	case request.Opcode == volumewire.OpHeld:
		signal(s.held)
	case request.Opcode == volumewire.OpNoted:
		signal(s.noted)
	case mount >= uint64(len(s.volumes)):
	case request.Opcode == fuse.OpInterrupt:
		s.interrupt(mount, fuse.NewBody((*body)[:request.Length-fuse.InHeaderBytes]).U64())
	case apart(request) || s.volumes[mount].stuck.Load() > 0:
		l.hand(s.volumes[mount], request, body)
		return true
	default:
		return l.answer(s.volumes[mount], request, body)
	}
	s.release(body)
	return true
}

// hand has a request answered beside the reading.
func (l *lead) hand(v *Volume, request fuse.Header, body *[]byte) {
	places := l.server.small
	if request.Length > smallBuffer {
		places = l.server.large
	}
	places <- struct{}{}
	l.server.pending.begin(request.Unique)
	go func() {
		v.calls <- struct{}{}
		l.server.serve(v, request, body)
		<-v.calls
		<-places
	}()
}

// answer answers a request. When that takes long, another has gone on with the reading in the end.
func (l *lead) answer(v *Volume, request fuse.Header, body *[]byte) bool {
	relief := time.AfterFunc(hesitation, func() {
		v.stuck.Add(1)
		l.server.small <- struct{}{}
		l.run()
	})
	l.server.pending.begin(request.Unique)
	l.server.serve(v, request, body)
	if relief.Stop() {
		return true
	}
	v.stuck.Add(-1)
	<-l.server.small
	return false
}
