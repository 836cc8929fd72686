// Package layers turns an image's layers into one file system tree. Layers are data: nothing in
// them is ever unpacked onto the host. They are read twice, first for the names that survive,
// then for the contents of those.
package layers

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/rootfs"
)

// Layer is one archive, as stored: plain tar, gzip or zstd.
type Layer struct {
	Open   func() (io.ReadCloser, error)
	Digest v1.Hash // of the bytes as stored; zero if the image does not name it
	DiffID v1.Hash // of the tar stream
}

// Merge writes what the layers, lowest first, come to. progress gets the number of stored bytes
// read since its last call.
func Merge(ctx context.Context, layers []Layer, out rootfs.Writer, limits Limits, progress func(int64)) error {
	tree := newTree(limits)
	source := &source{ctx: ctx, limits: limits, progress: progress}
	for i, layer := range layers {
		if err := source.index(tree, i, layer); err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	wanted, err := tree.emitNames(out)
	if err != nil {
		return err
	}
	for i, layer := range layers {
		if err := source.emitContents(out, wanted.contents[i], layer); err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	return wanted.emitLinks(out)
}

// OutputError is a failure of the image being written, not of the layers.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return e.Err.Error() }
func (e *OutputError) Unwrap() error { return e.Err }
