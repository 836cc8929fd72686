package image

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/imagestore"
)

// Loader brings the images of archives into the store with all they are made of, so that they can
// be sent on. An image that is only run is Resolver's.
type Loader struct {
	Resolver
	Name string // for an archive of one image, instead of the names it has there
}

// Loaded is one image under one name; empty if it has none.
type Loaded struct {
	Reference string `json:"reference"`
	Digest    string `json:"digest"`
}

// packed is an image in an archive.
type packed struct {
	*stored
	manifest v1.Hash
	parts    []part   // manifest and configuration last: what they name is there before
	names    []string // normal forms
}

// part is a blob of a packed image. Those that are made, not found, have their bytes here.
type part struct {
	digest v1.Hash
	size   int64
	open   func() (io.ReadCloser, error)
}

// Load brings in all images of a folder or file that are for the platform.
func (l *Loader) Load(ctx context.Context, path string) ([]Loaded, error) {
	return l.load(ctx, path, func() (files, error) { return l.openPacked(ctx, path) })
}

// LoadStream does so with an archive that comes through a pipe; name is for messages.
func (l *Loader) LoadStream(ctx context.Context, name string, stream io.Reader) ([]Loaded, error) {
	return l.load(ctx, name, func() (files, error) { return l.spool(ctx, stream) })
}

func (l *Loader) load(ctx context.Context, path string, open func() (files, error)) ([]Loaded, error) {
	done, err := l.Store.Adding(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	from, err := open()
	if err != nil {
		return nil, nameFailure(path, err)
	}
	defer from.close()
	images, err := l.unpack(ctx, path, from)
	if err != nil {
		return nil, nameFailure(path, err)
	}
	read := l.progressOf(images)
	loaded := []Loaded{}
	for _, image := range images {
		if err := l.loadOne(ctx, path, image, read); err != nil {
			return nil, err
		}
		for _, name := range image.names {
			loaded = append(loaded, Loaded{Reference: name, Digest: image.manifest.String()})
		}
		if len(image.names) == 0 {
			loaded = append(loaded, Loaded{Digest: image.manifest.String()})
		}
	}
	return loaded, nil
}

func (l *Loader) loadOne(ctx context.Context, path string, image *packed, read func(int64)) error {
	for _, part := range image.parts {
		if err := l.keep(ctx, part, read); err != nil {
			return nameFailure(path, err)
		}
	}
	kept, err := openKept(l.Store.Blobs(), image.manifest)
	if err != nil {
		return nameFailure(path, err)
	}
	defer kept.close()
	if _, err := l.write(ctx, kept, path, read); err != nil {
		return err
	}
	platform := l.Platform.String()
	if len(image.names) == 0 {
		return l.Store.SetReference(ctx, imagestore.Unnamed(image.manifest, platform))
	}
	for _, name := range image.names {
		named := imagestore.Reference{Name: name, Platform: platform, Digest: image.manifest}
		if err := l.Store.SetReference(ctx, named); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loader) keep(ctx context.Context, part part, read func(int64)) error {
	if _, exists := l.Store.Blobs().Size(part.digest); exists {
		read(part.size)
		return nil
	}
	reader, err := part.open()
	if err != nil {
		return err
	}
	defer reader.Close()
	err = l.Store.Blobs().Import(ctx, part.digest, part.size, &watched{Reader: reader, ctx: ctx, read: read})
	if err != nil {
		return fmt.Errorf("blob %s: %w", part.digest, err)
	}
	return nil
}

// progressOf counts each layer twice: it is kept, and then read into the root file system.
func (l *Loader) progressOf(images []*packed) func(int64) {
	var total int64
	for _, image := range images {
		total += image.size()
		for _, part := range image.parts {
			total += part.size
		}
	}
	return l.counting(total)
}

// watched stops with its context.
type watched struct {
	io.Reader
	ctx  context.Context
	read func(int64)
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.read(int64(n))
	}
	return n, err
}
