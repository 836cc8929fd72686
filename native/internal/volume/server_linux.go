package volume

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync"

	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

const (
	// maxCalls bounds the requests under way. The guest's kernel waits with the rest.
	maxCalls = 64
	// smallBuffer holds most requests and most answers.
	smallBuffer = 4 << 10
)

// Server answers for a guest's volumes.
type Server struct {
	volumes []*Volume
	watcher *watcher      // nil: there is none
	noted   chan struct{} // one place: the guest has been told of the last change
	large   sync.Pool     // *[]byte of volumewire.MaxRequest
	small   sync.Pool     // *[]byte of smallBuffer

	writing sync.Mutex
	conn    net.Conn // under writing; nil: not served yet
	early   []byte   // messages of then, which go first

	adopted bool // the guest has known its files before

	slots chan struct{} // one for each call under way
	held  chan struct{} // one place: the relay stands still
}

// Open opens the volumes, whose order numbers them. The error names the first that cannot be.
func Open(configs []Config) (*Server, error) {
	if len(configs) > volumewire.MaxVolumes {
		return nil, fmt.Errorf("more than %d volumes", volumewire.MaxVolumes)
	}
	s := &Server{slots: make(chan struct{}, maxCalls), held: make(chan struct{}, 1), noted: make(chan struct{}, 1)}
	if len(configs) > 0 {
		s.watcher = newWatcher()
	}
	open := newDescriptors()
	for _, config := range configs {
		v, err := openVolume(config, open)
		if err != nil {
			return nil, &OpenError{config.Host, err}
		}
		v.number, v.watcher = len(s.volumes), s.watcher
		s.volumes = append(s.volumes, v)
	}
	return s, nil
}

// Files tells which of the volumes are single files.
func (s *Server) Files() []bool {
	files := make([]bool, len(s.volumes))
	for i, v := range s.volumes {
		files[i] = v.file
	}
	return files
}

// Serve answers the requests that come over conn until it ends, which Serve does not wait for when ctx
// ends, and closes it. An error is the guest's breach of the wire.
func (s *Server) Serve(ctx context.Context, conn net.Conn) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	s.setConn(conn)
	defer func() { _ = s.quiet(context.WithoutCancel(ctx)) }()
	defer conn.Close()
	if s.watcher != nil {
		go s.watcher.run(ctx)
		go s.tellChanges(ctx)
		go s.watchAgain(ctx)
	}
	reader := bufio.NewReaderSize(conn, 64<<10)
	head := make([]byte, fuse.InHeaderBytes)
	for {
		if _, err := io.ReadFull(reader, head); err != nil {
			return nil // the VMM has ended
		}
		request := fuse.ParseHeader(head)
		if request.Length < fuse.InHeaderBytes || request.Length > volumewire.MaxRequest {
			return fmt.Errorf("a request of %d bytes", request.Length)
		}
		body := s.buffer(int(request.Length))
		if _, err := io.ReadFull(reader, (*body)[:request.Length-fuse.InHeaderBytes]); err != nil {
			s.release(body)
			return nil
		}
		if request.Opcode == volumewire.OpHeld {
			s.release(body)
			signal(s.held)
			continue
		}
		if request.Opcode == volumewire.OpNoted {
			s.release(body)
			signal(s.noted)
			continue
		}
		if request.Length <= smallBuffer && !operations[request.Opcode].long {
			s.serveInOrder(request, body)
			continue
		}
		s.slots <- struct{}{}
		go func() {
			s.serve(request, body)
			<-s.slots
		}()
	}
}

// quiet returns when every request so far is answered; who reads the wire has answered its own.
func (s *Server) quiet(ctx context.Context) error {
	for taken := range maxCalls {
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		case <-ctx.Done():
			return fmt.Errorf("%d requests for volumes are not answered: %w", maxCalls-taken, context.Cause(ctx))
		}
	}
	return nil
}

// serveInOrder is serve, of what tells the guest of files: before any change that comes after.
func (s *Server) serveInOrder(request fuse.Header, body *[]byte) {
	if mount := request.Unique >> volumewire.MountShift; mount < uint64(len(s.volumes)) {
		v := s.volumes[mount]
		v.answering.Lock()
		defer v.answering.Unlock()
	}
	s.serve(request, body)
}

// serve answers one request and gives its buffer back.
func (s *Server) serve(request fuse.Header, body *[]byte) {
	defer s.release(body)
	mount := request.Unique >> volumewire.MountShift
	if mount >= uint64(len(s.volumes)) {
		return
	}
	buffer := s.buffer(answerSize(request, *body))
	defer s.release(buffer)
	if answer := s.volumes[mount].answer(request, (*body)[:request.Length-fuse.InHeaderBytes], *buffer); answer != nil {
		s.send(answer)
	}
}

// send writes a whole message. Who cannot be written to has ended, which the reader sees.
func (s *Server) send(message []byte) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.conn == nil {
		s.early = append(s.early, message...)
		return
	}
	_, _ = s.conn.Write(message)
}

func (s *Server) setConn(conn net.Conn) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.conn = conn
	_, _ = conn.Write(s.early)
	s.early = nil
}

// answerSize is what the answer needs at most, roughly: buffers grow.
func answerSize(request fuse.Header, body []byte) int {
	if request.Opcode != fuse.OpRead || len(body) < 40 {
		return smallBuffer
	}
	return int(min(fuse.NewBody(body).Read().Size, volumewire.MaxData)) + fuse.OutHeaderBytes
}

func (s *Server) buffer(size int) *[]byte {
	pool, length := &s.small, smallBuffer
	if size > smallBuffer {
		pool, length = &s.large, volumewire.MaxRequest
	}
	if kept, ok := pool.Get().(*[]byte); ok {
		return kept
	}
	made := make([]byte, length)
	return &made
}

func (s *Server) release(buffer *[]byte) {
	if len(*buffer) > smallBuffer {
		s.large.Put(buffer)
	} else {
		s.small.Put(buffer)
	}
}
