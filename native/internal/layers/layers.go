// Package layers turns an image's layers into one file system tree. Layers are data: nothing in
// them is ever unpacked onto the host. Each is read once: contents go into the image as they come,
// names when it is known which of them survive.
package layers

import (
	"context"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/rootfs"
)

// Layer is one archive, as stored: plain tar, gzip or zstd.
type Layer struct {
	// Open may wait until the layer has arrived: layers are opened in order, each while the one
	// below is read. What it returns has to fail once the context ends.
	Open   func(context.Context) (io.ReadCloser, error)
	Digest v1.Hash // of the bytes as stored; zero if the image does not name them
	Size   int64   // of the bytes as stored; not looked at without a digest
	DiffID v1.Hash // of the tar stream
}

// Merge writes what the layers, lowest first, come to. progress gets the number of stored bytes
// read since its last call.
func Merge(ctx context.Context, layers []Layer, out rootfs.Writer, limits Limits, progress func(int64)) error {
	source := newSource(ctx, layers, limits, progress)
	defer source.close()
	tree := newTree(limits)
	for i, layer := range layers {
		if err := source.index(tree, out, i); err != nil {
			return fmt.Errorf("layer %d of %d (%s): %w", i+1, len(layers), layer.name(), err)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return tree.emit(out)
}

func (l Layer) named() bool { return l.Digest.Algorithm != "" }

// name is what the image calls the layer.
func (l Layer) name() v1.Hash {
	if l.named() {
		return l.Digest
	}
	return l.DiffID
}

// OutputError is a failure of the image being written, not of the layers.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return e.Err.Error() }
func (e *OutputError) Unwrap() error { return e.Err }

// Store tells failures to read from failures to write, which are OutputErrors.
func Store(out rootfs.Writer, content io.Reader, size int64) (rootfs.Contents, error) {
	stored, err := out.Store(content, size)
	if read, failed := errors.AsType[*rootfs.ReadError](err); failed {
		return stored, read.Err
	}
	if err != nil {
		return stored, &OutputError{Err: err}
	}
	return stored, nil
}
