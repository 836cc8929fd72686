package volume

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"

	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

const (
	// maxLarge and maxSmall bound the requests under way. The guest's kernel waits with the rest.
	maxLarge = 64
	maxSmall = 512
	// maxCalls bounds those of one volume that ask the host's file system at once.
	maxCalls = 32
	// smallBuffer holds most requests and most answers.
	smallBuffer = 4 << 10
)

// Server answers for a guest's volumes.
type Server struct {
	volumes []*Volume
	open    *descriptors
	watcher *watcher      // nil: there is none
	noted   chan struct{} // one place: the guest has been told of the last change
	buffers struct {
		large sync.Pool // *[]byte of volumewire.MaxRequest
		small sync.Pool // *[]byte of smallBuffer
	}

	writing sync.Mutex
	conn    net.Conn // under writing; nil: not served yet
	early   []byte   // messages of then, which go first

	adopted  bool          // the guest has known its files before
	caughtUp chan struct{} // closed when it has been told of what has changed since

	// A place for each request that is answered beside the reading: large ones, and all others.
	large, small chan struct{}
	pending      pending
	held         chan struct{} // one place: the relay stands still
}

// Open opens the volumes, whose order numbers them. The error names the first that cannot be.
func Open(configs []Config) (*Server, error) {
	if len(configs) > volumewire.MaxVolumes {
		return nil, fmt.Errorf("more than %d volumes", volumewire.MaxVolumes)
	}
	s := &Server{
		open: newDescriptors(), large: make(chan struct{}, maxLarge), small: make(chan struct{}, maxSmall), pending: newPending(),
		held: make(chan struct{}, 1), noted: make(chan struct{}, 1),
		caughtUp: make(chan struct{}),
	}
	if len(configs) > 0 {
		s.watcher = newWatcher()
	}
	for _, config := range configs {
		v, err := openVolume(config, s.open)
		if err != nil {
			return nil, &OpenError{config.Host, err}
		}
		v.number, v.watcher = len(s.volumes), s.watcher
		s.volumes = append(s.volumes, v)
	}
	return s, nil
}

// Close lets go of the volumes, when nothing is served any more. A process that ends need not.
func (s *Server) Close() { s.open.close() }

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
	l := &lead{server: s, reader: bufio.NewReaderSize(conn, 64<<10), ended: make(chan error, 1)}
	l.run()
	return <-l.ended
}

// quiet returns when every request so far is answered; who reads the wire has answered its own.
func (s *Server) quiet(ctx context.Context) error {
	for _, places := range []chan struct{}{s.large, s.small} {
		for taken := range cap(places) {
			select {
			case places <- struct{}{}:
				defer func() { <-places }()
			case <-ctx.Done():
				return fmt.Errorf("%d requests for volumes are not answered: %w", cap(places)-taken, context.Cause(ctx))
			}
		}
	}
	return nil
}

// serve answers one request and gives its buffer back. What tells the guest of files goes before any change that
// comes after it.
func (s *Server) serve(v *Volume, request fuse.Header, body *[]byte) {
	defer s.release(body)
	buffer := s.buffer(answerSize(request, *body))
	defer s.release(buffer)
	if !apart(request) {
		v.answering.Lock()
		defer v.answering.Unlock()
	}
	answer := v.answer(request, (*body)[:request.Length-fuse.InHeaderBytes], *buffer)
	if s.pending.end(request.Unique) && answer != nil {
		s.send(answer)
	}
}

// apart are requests that tell nothing of files, and may take long.
func apart(request fuse.Header) bool {
	return request.Length > smallBuffer || operations[request.Opcode].long
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
	pool, length := &s.buffers.small, smallBuffer
	if size > smallBuffer {
		pool, length = &s.buffers.large, volumewire.MaxRequest
	}
	if kept, ok := pool.Get().(*[]byte); ok {
		return kept
	}
	made := make([]byte, length)
	return &made
}

func (s *Server) release(buffer *[]byte) {
	if len(*buffer) > smallBuffer {
		s.buffers.large.Put(buffer)
	} else {
		s.buffers.small.Put(buffer)
	}
}
