// Package image finds the image that a reference names and brings it into the store as a root
// file system.
package image

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/layers"
	"sandboxfile/native/internal/registry"
	"sandboxfile/native/internal/rootfs"
)

// Resolver turns references into images of one store, for one platform.
type Resolver struct {
	Store    *imagestore.Store
	Platform v1.Platform
	Builtin  string // the built-in image's archive
	// Registry is called when one is needed; images that are there need no settings to be right.
	Registry func() (*registry.Client, error)
	Hub      string // the default registry; empty: the usual one
	Pull     PullPolicy
	Folder   string // for what is not in the store yet; empty: in the store
	// Progress gets bytes done and to do while an image is written. It is called often.
	Progress func(done, total int64)
	Layers   registry.Observer
}

// BuiltinName is the reference of the image that ships with the product.
const BuiltinName = "builtin:busybox"

// Resolved is an image that is in the store, and the normal form of the name it was asked for by.
type Resolved struct {
	*imagestore.Image
	Reference     string `json:"reference"`
	ReferenceFile string `json:"referenceFile"` // its proof, see imagestore.Store
}

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
func (r *Resolver) Resolve(ctx context.Context, text string) (*Resolved, error) {
	// A root folder may be changing, each new state is another image; a download may have begun
	// again while it was read, the second time it is there.
	const attempts = 3
	for attempt := 1; ; attempt++ {
		found, err := r.resolve(ctx, text)
		again := errors.Is(err, errFolderChanged) || errors.Is(err, blobs.ErrRestarted)
		if err == nil {
			found.ReferenceFile = r.Store.ReferenceFile(found.Reference, r.Platform.String())
		}
		if attempt == attempts || !again {
			return found, err
		}
	}
}

func (r *Resolver) resolve(ctx context.Context, text string) (*Resolved, error) {
	switch {
	case text == BuiltinName:
		if _, err := os.Stat(r.Builtin); err != nil {
			return nil, failure.Asset(r.Builtin, err)
		}
		return r.resolvePath(ctx, text, r.Builtin, "")
	case filepath.IsAbs(text):
		path, tag := splitTag(text)
		return r.resolvePath(ctx, text, path, tag)
	case strings.HasPrefix(text, "builtin:"):
		return nil, failure.New(failurev1.Code_CODE_IMAGE_NOT_FOUND, text, errors.New("the built-in image is "+BuiltinName))
	default:
		return r.resolveRemote(ctx, text)
	}
}

func (r *Resolver) resolvePath(ctx context.Context, text, path, tag string) (*Resolved, error) {
	found, err := r.findPath(ctx, text, path, tag)
	if err != nil {
		return nil, err
	}
	defer found.close()
	return r.bring(ctx, found, imagestore.Reference{Name: text})
}

// bring has the image in the store, under the name.
func (r *Resolver) bring(ctx context.Context, found source, name imagestore.Reference) (*Resolved, error) {
	image := r.Store.Lookup(found.digest())
	if remote, ok := found.(*remoteImage); ok && image != nil && r.Pull == PullAlways {
		if err := remote.keep(ctx); err != nil {
			return nil, err
		}
	}
	if image == nil {
		done, err := r.Store.Adding(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		if r.Folder != "" {
			if err := r.Store.Place(found.digest(), r.Folder); err != nil {
				return nil, err
			}
		}
		if image, err = r.write(ctx, found, name.Name, r.counting(found.size())); err != nil {
			return nil, err
		}
	}
	name.Platform, name.Digest = r.Platform.String(), found.digest()
	if err := r.Store.SetReference(ctx, name); err != nil {
		return nil, err
	}
	return &Resolved{Image: image, Reference: name.Name}, nil
}

// counting reports what is read of a total.
func (r *Resolver) counting(total int64) (read func(int64)) {
	var done int64
	return func(count int64) {
		done = min(done+count, total)
		r.Progress(done, total)
	}
}

func (r *Resolver) write(ctx context.Context, found source, name string, read func(int64)) (*imagestore.Image, error) {
	what := found.describe()
	if what.Platform == "" {
		what.Platform = r.Platform.String()
	}
	return r.Store.Import(ctx, found.digest(), what, func(file *os.File) error {
		out := rootfs.New(file)
		err := found.write(ctx, out, read)
		if closed := out.Close(); err == nil && closed != nil {
			err = &layers.OutputError{Err: closed}
		}
		return nameFailure(name, err)
	})
}

func (r *Resolver) findPath(ctx context.Context, reference, path, tag string) (source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nameFailure(reference, notFound(path, err))
	}
	found, err := r.openPath(ctx, path, info, tag)
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
