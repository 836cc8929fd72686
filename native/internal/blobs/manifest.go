package blobs

import (
	"bytes"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Bounds of what is read whole; real ones are some KiB.
const (
	MaxManifest = 4 << 20 // an index too
	MaxConfig   = 8 << 20
)

// Manifest reads an image's manifest. It fails with fs.ErrNotExist when that is not there.
func (s *Store) Manifest(digest v1.Hash) (raw []byte, manifest *v1.Manifest, err error) {
	raw, err = s.Read(digest, MaxManifest)
	if err != nil {
		return nil, nil, err
	}
	manifest, err = v1.ParseManifest(bytes.NewReader(raw))
	return raw, manifest, err
}
