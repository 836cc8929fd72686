package layers

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Largest window a zstd layer may ask for; what the format's own tools allow without an option.
const maxWindow = 128 << 20

// Decompress tells by the first bytes how a layer is stored. Its reader reads the stored bytes to
// their end: a digest covers all of them.
func Decompress(stored *bufio.Reader) (io.ReadCloser, error) {
	magic, err := stored.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch TypeOf(magic) {
	case types.OCILayer:
		reader, err := gzip.NewReader(stored)
		if err != nil {
			return nil, err
		}
		return &drained{ReadCloser: reader, rest: stored}, nil
	case types.OCILayerZStd:
		reader, err := zstd.NewReader(stored, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return &drained{ReadCloser: reader.IOReadCloser(), rest: stored}, nil
	default:
		return io.NopCloser(stored), nil
	}
}

// TypeOf tells by a layer's first four bytes how it is stored.
func TypeOf(magic []byte) types.MediaType {
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return types.OCILayer
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return types.OCILayerZStd
	}
	return types.OCIUncompressedLayer
}

type drained struct {
	io.ReadCloser
	rest io.Reader
}

func (d *drained) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		if _, failed := io.Copy(io.Discard, d.rest); failed != nil {
			return n, failed
		}
	}
	return n, err
}
