package image

import (
	"bytes"
	"errors"
	"fmt"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/blobs"
)

const layoutMarker = "oci-layout"

var errNoLayout = errors.New("no OCI layout")

// openLayout opens the selected image of an OCI layout.
func openLayout(from files, selection *selection) (*stored, error) {
	index, err := readIndex(from)
	if err != nil {
		return nil, err
	}
	reader := &indexReader{from: layoutBlobs{from}, files: from, selection: selection}
	descriptor, err := reader.choose(index.Manifests)
	if err != nil {
		return nil, err
	}
	return reader.image(descriptor)
}

func readIndex(from files) (*v1.IndexManifest, error) {
	if _, err := from.size(layoutMarker); err != nil {
		return nil, errNoLayout
	}
	raw, err := readFile(from, "index.json", blobs.MaxManifest)
	if isMissing(err) {
		return nil, errNoLayout
	}
	if err != nil {
		return nil, err
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("index.json: %w", err)
	}
	return index, nil
}

// layoutBlobs are an OCI layout's blobs.
type layoutBlobs struct{ files files }

func (l layoutBlobs) manifest(digest v1.Hash) ([]byte, error) {
	return l.blob(digest, blobs.MaxManifest)
}
func (l layoutBlobs) config(wanted v1.Descriptor) ([]byte, error) {
	return l.blob(wanted.Digest, blobs.MaxConfig)
}

// blob reads a blob whole and checks its digest.
func (l layoutBlobs) blob(digest v1.Hash, bound int64) ([]byte, error) {
	raw, err := readFile(l.files, blobName(digest), bound)
	if err != nil {
		return nil, err
	}
	found, _, err := v1.SHA256(bytes.NewReader(raw))
	if err == nil && found != digest {
		err = fmt.Errorf("blob %s: its digest is %s", digest, found)
	}
	return raw, err
}

// A hash that was parsed has a known algorithm and only hexadecimal digits.
func blobName(digest v1.Hash) string {
	return path.Join("blobs", digest.Algorithm, digest.Hex)
}

func namesOf(descriptor v1.Descriptor) []string {
	var names []string
	for _, key := range []string{"io.containerd.image.name", "org.opencontainers.image.ref.name"} {
		if name := descriptor.Annotations[key]; name != "" {
			names = append(names, name)
		}
	}
	return names
}
