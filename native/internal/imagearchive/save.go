// Package imagearchive writes images of the store as files for other tools: docker archives and OCI
// layouts. The same images give the same bytes.
package imagearchive

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/blobs"
)

type Format string

const (
	DockerArchive Format = "docker-archive" // as `docker save` wrote it: plain layers, manifest.json
	OCILayout     Format = "oci-layout"     // a folder
	OCIArchive    Format = "oci-archive"    // a layout in a tar
)

// Known tells whether there is such a format.
func (f Format) Known() bool { return f == DockerArchive || f == OCILayout || f == OCIArchive }

// Image is what is saved of one image.
type Image struct {
	Asked  string // what it was asked for by, for messages
	Names  []Name
	Digest v1.Hash // of its manifest
}

// Name is one of the names that the image gets in the archive.
type Name struct {
	Full string // in normal form
	Tag  string // empty for a name by digest
}

// Request says what to save where.
type Request struct {
	Images []Image // each once
	Path   string  // absolute; replaced when everything has been written
	Format Format  // a known one
	// Progress gets bytes of layers done and to do. It is called often.
	Progress func(done, total int64)
}

// Save writes everything or nothing.
func Save(ctx context.Context, kept *blobs.Store, request Request) error {
	source := &source{ctx: ctx, blobs: kept}
	images, err := source.open(request.Images)
	if err != nil {
		return err
	}
	var done, total int64
	for _, image := range images {
		for _, layer := range image.manifest.Layers {
			total += layer.Size
		}
	}
	source.read = func(count int64) {
		done = min(done+count, total)
		request.Progress(done, total)
	}
	switch request.Format {
	case DockerArchive:
		return writeFile(request.Path, func(out *tarFile) error { return writeDocker(source, images, out) })
	case OCIArchive:
		return writeFile(request.Path, func(out *tarFile) error { return writeLayout(source, images, out) })
	default:
		return writeFolder(request.Path, func(out *folder) error { return writeLayout(source, images, out) })
	}
}
