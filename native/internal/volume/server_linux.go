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
	large   sync.Pool // *[]byte of volumewire.MaxRequest
	small   sync.Pool // *[]byte of smallBuffer

	writing sync.Mutex
}

// Open opens the volumes, whose order numbers them. The error names the first that cannot be.
func Open(configs []Config) (*Server, error) {
	if len(configs) > volumewire.MaxVolumes {
		return nil, fmt.Errorf("more than %d volumes", volumewire.MaxVolumes)
	}
	s := &Server{}
	open := newDescriptors()
	for _, config := range configs {
		v, err := openVolume(config, open)
		if err != nil {
			return nil, &OpenError{config.Host, err}
		}
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
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	var calls sync.WaitGroup
	defer calls.Wait()
	defer conn.Close()
	slots := make(chan struct{}, maxCalls)
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
		slots <- struct{}{}
		calls.Go(func() {
			s.serve(conn, request, body)
			<-slots
		})
	}
}

// serve answers one request and gives its buffer back.
func (s *Server) serve(conn net.Conn, request fuse.Header, body *[]byte) {
	defer s.release(body)
	mount := request.Unique >> volumewire.MountShift
	if mount >= uint64(len(s.volumes)) {
		return
	}
	buffer := s.buffer(answerSize(request, *body))
	defer s.release(buffer)
	if answer := s.volumes[mount].answer(request, (*body)[:request.Length-fuse.InHeaderBytes], *buffer); answer != nil {
		s.send(conn, answer)
	}
}

// send writes a whole message. Who cannot be written to has ended, which the reader sees.
func (s *Server) send(conn net.Conn, message []byte) {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, _ = conn.Write(message)
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
