package image

import (
	"io"
	"io/fs"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/blobs"
)

// openKept opens an image whose blobs are all in the store, as if they were a layout's.
func openKept(kept *blobs.Store, digest v1.Hash) (*stored, error) {
	files := keptFiles{kept}
	reader := &indexReader{from: layoutBlobs{files}, files: files}
	return reader.image(v1.Descriptor{Digest: digest})
}

type keptFiles struct{ blobs *blobs.Store }

func (k keptFiles) open(name string) (io.ReadCloser, error) {
	digest, err := digestOfName(name)
	if err != nil {
		return nil, err
	}
	return k.blobs.Open(digest)
}

func (k keptFiles) size(name string) (int64, error) {
	digest, err := digestOfName(name)
	if err != nil {
		return 0, err
	}
	size, exists := k.blobs.Size(digest)
	if !exists {
		return 0, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return size, nil
}

func (k keptFiles) close() error { return nil }

// digestOfName undoes blobName.
func digestOfName(name string) (v1.Hash, error) {
	return v1.NewHash(path.Base(path.Dir(name)) + ":" + path.Base(name))
}
