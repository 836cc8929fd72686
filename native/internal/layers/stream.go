package layers

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// stream is one layer's tar stream. What the image says of the layer is checked by finish.
type stream struct {
	source   *source
	layer    Layer
	stored   *ahead
	plain    *ahead
	digest   hash.Hash
	diffID   hash.Hash
	count    atomic.Int64 // stored bytes read so far
	reported int64
}

// How far a layer is read before it is needed, in blocks. It is what one processor inflates while
// another still has to do with the layer below.
const (
	storedBlocks = 8
	plainBlocks  = 128
)

func (s *source) start(layer Layer) *stream {
	started := &stream{source: s, layer: layer, diffID: sha256.New()}
	bound := int64(math.MaxInt64)
	if layer.named() {
		started.digest, bound = sha256.New(), layer.Size
	}
	started.stored = readAhead(s.ctx, storedBlocks, started.digest, func() (io.ReadCloser, error) {
		file, err := layer.Open(s.ctx)
		if err != nil {
			return nil, err
		}
		return &counted{ReadCloser: file, ctx: s.ctx, count: &started.count, bound: bound}, nil
	})
	started.plain = readAhead(s.ctx, plainBlocks, started.diffID, func() (io.ReadCloser, error) {
		inflated, err := Decompress(bufio.NewReaderSize(started.stored, 64<<10))
		if err != nil {
			return nil, err
		}
		return &proportionate{ReadCloser: inflated, stored: &started.count, limits: s.limits}, nil
	})
	return started
}

func (s *stream) Read(p []byte) (int, error) {
	if err := s.source.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.plain.Read(p)
	if now := s.count.Load(); now > s.reported {
		s.source.progress(now - s.reported)
		s.reported = now
	}
	if failed := s.source.book(n); failed != nil {
		return n, failed
	}
	return n, err
}

var errTooLong = errors.New("it has more bytes than the image says")

// finish reads what follows the archive's end mark and checks size and digests.
func (s *stream) finish() error {
	if _, err := io.Copy(io.Discard, s); err != nil {
		return err
	}
	if found := s.count.Load(); s.layer.named() && found != s.layer.Size {
		return fmt.Errorf("it has %d bytes, expected %d", found, s.layer.Size)
	}
	if err := check("digest", s.digest, s.layer.Digest); err != nil {
		return err
	}
	return check("diff id", s.diffID, s.layer.DiffID)
}

func check(what string, sum hash.Hash, expected v1.Hash) error {
	if sum == nil {
		return nil
	}
	if found := hex.EncodeToString(sum.Sum(nil)); expected.Algorithm != "sha256" || found != expected.Hex {
		return fmt.Errorf("%s is sha256:%s, expected %s", what, found, expected)
	}
	return nil
}

// wait ends when the stream or the context has.
func (s *stream) wait() {
	s.plain.wait()
	s.stored.wait()
}
