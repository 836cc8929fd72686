package layers

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// source opens layers under the same context, limits and progress.
type source struct {
	ctx      context.Context
	limits   Limits
	progress func(int64)
}

// stream is one layer's tar stream. Its digests are checked by finish.
type stream struct {
	io.Reader // the tar stream, hashed
	stored    *counted
	digest    hash.Hash
	diffID    hash.Hash
	layer     Layer
	closers   []func() error
}

// open starts a stream; unverified ones cost no hashing.
func (s *source) open(layer Layer, verify bool) (*stream, error) {
	file, err := layer.Open()
	if err != nil {
		return nil, err
	}
	opened := &stream{layer: layer, stored: &counted{Reader: file, ctx: s.ctx, progress: s.progress}, closers: []func() error{file.Close}}
	var stored io.Reader = opened.stored
	if verify && layer.Digest.Algorithm != "" && layer.Digest != layer.DiffID {
		opened.digest = sha256.New()
		stored = io.TeeReader(stored, opened.digest)
	}
	plain, err := opened.decompress(bufio.NewReaderSize(stored, 256<<10))
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	opened.Reader = &bounded{Reader: plain, stored: opened.stored, limits: s.limits}
	if verify {
		opened.diffID = sha256.New()
		opened.Reader = io.TeeReader(opened.Reader, opened.diffID)
	}
	return opened, nil
}

// Largest window a zstd layer may ask for; what the format's own tools allow without an option.
const maxWindow = 128 << 20

func (s *stream) decompress(stored *bufio.Reader) (io.Reader, error) {
	magic, err := stored.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		reader, err := gzip.NewReader(stored)
		if err != nil {
			return nil, err
		}
		s.closers = append(s.closers, reader.Close)
		return &drained{Reader: reader, rest: stored}, nil
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		reader, err := zstd.NewReader(stored, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		s.closers = append(s.closers, func() error { reader.Close(); return nil })
		return &drained{Reader: reader, rest: stored}, nil
	default:
		return stored, nil
	}
}

// finish reads what follows the archive's end mark and checks the digests.
func (s *stream) finish() error {
	if _, err := io.Copy(io.Discard, s.Reader); err != nil {
		return err
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

func (s *stream) Close() error {
	var failed error
	for i := len(s.closers) - 1; i >= 0; i-- {
		failed = errors.Join(failed, s.closers[i]())
	}
	return failed
}

// counted counts stored bytes and stops when the context ends.
type counted struct {
	io.Reader
	ctx      context.Context
	progress func(int64)
	count    int64
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.Reader.Read(p)
	c.count += int64(n)
	c.progress(int64(n))
	return n, err
}

// drained reads the stored stream to its end after the compressed data: a digest covers all of it.
type drained struct {
	io.Reader
	rest io.Reader
}

func (d *drained) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		if _, failed := io.Copy(io.Discard, d.rest); failed != nil {
			return n, failed
		}
	}
	return n, err
}

// bounded refuses streams that are too long, or too long for what they were made of.
type bounded struct {
	io.Reader
	stored *counted
	limits Limits
	count  int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.count += int64(n)
	// Headers and padding come on top of the contents, a few KiB an entry at most.
	if b.count > b.limits.Bytes+b.limits.Metadata+int64(b.limits.Entries)*2048 {
		return n, limit("%d bytes in one layer", b.limits.Bytes)
	}
	if b.count > b.limits.RatioFree && b.count/b.limits.Ratio > b.stored.count {
		return n, limit("%d times its compressed size", b.limits.Ratio)
	}
	return n, err
}
