// Package image finds the image that a reference names and brings it into the store as a root
// file system.
package image

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/layers"
	"sandboxfile/native/internal/rootfs"
)

// Resolver turns references into images of one store, for one platform.
type Resolver struct {
	Store    *imagestore.Store
	Platform v1.Platform
	Builtin  string // the built-in image's archive
	// Progress gets bytes done and to do while an image is written. It is called often.
	Progress func(done, total int64)
}

// BuiltinName is the reference of the image that ships with the product.
const BuiltinName = "builtin:busybox"

// source is an image that has been found but not yet read as a whole.
type source interface {
	digest() v1.Hash
	describe() imagestore.Description
	// size is what writing the image reads, in bytes, for progress.
	size() int64
	// write reads it all, checks it and writes the root file system.
	write(ctx context.Context, out rootfs.Writer, read func(int64)) error
	close() error
}

// Resolve returns the image; one that is in the store already costs no reading of its contents.
func (r *Resolver) Resolve(ctx context.Context, reference string) (*imagestore.Image, error) {
	const attempts = 3 // a root folder may be changing; each new state is another image
	for attempt := 1; ; attempt++ {
		image, err := r.resolve(ctx, reference)
		if attempt == attempts || !errors.Is(err, errFolderChanged) {
			return image, err
		}
	}
}

func (r *Resolver) resolve(ctx context.Context, reference string) (*imagestore.Image, error) {
	found, err := r.find(ctx, reference)
	if err != nil {
		return nil, err
	}
	defer found.close()
	image := r.Store.Lookup(found.digest())
	if image == nil {
		// No reference leads to what is added before the end.
		done, err := r.Store.Adding(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		if image, err = r.add(ctx, reference, found); err != nil {
			return nil, err
		}
	}
	named := imagestore.Reference{Name: reference, Platform: r.Platform.String(), Digest: found.digest()}
	return image, r.Store.SetReference(ctx, named)
}

func (r *Resolver) add(ctx context.Context, reference string, found source) (*imagestore.Image, error) {
	what := found.describe()
	if what.Platform == "" {
		what.Platform = r.Platform.String()
	}
	return r.Store.Import(ctx, found.digest(), what, func(file *os.File) error {
		done, total := int64(0), found.size()
		read := func(count int64) {
			done = min(done+count, total)
			r.Progress(done, total)
		}
		out := rootfs.New(file)
		err := found.write(ctx, out, read)
		if closed := out.Close(); err == nil && closed != nil {
			err = &layers.OutputError{Err: closed}
		}
		return nameFailure(reference, err)
	})
}

func (r *Resolver) find(ctx context.Context, reference string) (source, error) {
	switch {
	case reference == BuiltinName:
		if _, err := os.Stat(r.Builtin); err != nil {
			return nil, failure.Asset(r.Builtin, err)
		}
		return r.findPath(ctx, reference, r.Builtin, "")
	case filepath.IsAbs(reference):
		path, tag := splitTag(reference)
		return r.findPath(ctx, reference, path, tag)
	default:
		return nil, notLocal(reference)
	}
}

func (r *Resolver) findPath(ctx context.Context, reference, path, tag string) (source, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, failure.New(failurev1.Code_CODE_IMAGE_NOT_FOUND, path, err)
	}
	var found source
	if err == nil {
		found, err = r.openPath(ctx, path, info, tag)
	}
	if err != nil {
		return nil, nameFailure(reference, err)
	}
	return found, nil
}

// splitTag takes a tag off `<path>#<tag>`; a file whose name has a # is meant as it is.
func splitTag(reference string) (path, tag string) {
	cut := strings.LastIndexByte(reference, '#')
	if cut < 0 {
		return reference, ""
	}
	if _, err := os.Lstat(reference); err == nil {
		return reference, ""
	}
	return reference[:cut], reference[cut+1:]
}
