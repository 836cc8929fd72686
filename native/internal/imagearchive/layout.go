package imagearchive

import (
	"bytes"
	"encoding/json"
	"io"
	"path"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// files is what an archive is made of, in the order in which they are added.
type files interface {
	add(name string, content io.Reader) error
}

func writeLayout(from *source, images []opened, out files) error {
	for i := range images {
		var err error
		if images[i], err = asOCI(images[i]); err != nil {
			return err
		}
	}
	if err := out.add("oci-layout", bytes.NewReader([]byte(`{"imageLayoutVersion":"1.0.0"}`))); err != nil {
		return err
	}
	index, err := json.Marshal(indexOf(images))
	if err != nil {
		return err
	}
	if err := out.add("index.json", bytes.NewReader(index)); err != nil {
		return err
	}
	parts := make(map[string]func() (io.ReadCloser, error))
	for _, image := range images {
		parts[blobPath(image.Digest)] = whole(image.raw)
		parts[blobPath(image.manifest.Config.Digest)] = whole(image.config)
		for _, layer := range image.manifest.Layers {
			parts[blobPath(layer.Digest)] = func() (io.ReadCloser, error) { return from.stored(layer) }
		}
	}
	return addSorted(parts, out)
}

// indexOf names images as containerd and Docker do: the full name in one annotation, the tag in the
// other. Where two images have the same tag the full name is in both.
func indexOf(images []opened) *v1.IndexManifest {
	index := &v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	tags := make(map[string]int)
	for _, image := range images {
		for _, name := range image.Names {
			tags[name.Tag]++
		}
	}
	for _, image := range images {
		descriptor := v1.Descriptor{MediaType: image.manifest.MediaType, Digest: image.Digest, Size: int64(len(image.raw))}
		if descriptor.MediaType == "" {
			descriptor.MediaType = types.OCIManifestSchema1
		}
		if len(image.Names) == 0 {
			index.Manifests = append(index.Manifests, descriptor)
		}
		for _, name := range image.Names {
			named := descriptor
			named.Annotations = map[string]string{"io.containerd.image.name": name.Full}
			switch {
			case name.Tag != "" && tags[name.Tag] == 1:
				named.Annotations["org.opencontainers.image.ref.name"] = name.Tag
			case name.Tag != "":
				named.Annotations["org.opencontainers.image.ref.name"] = name.Full
			}
			index.Manifests = append(index.Manifests, named)
		}
	}
	return index
}

func blobPath(digest v1.Hash) string { return path.Join("blobs", digest.Algorithm, digest.Hex) }

func whole(raw []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }
}

func addSorted(parts map[string]func() (io.ReadCloser, error), out files) error {
	var names []string
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		content, err := parts[name]()
		if err != nil {
			return err
		}
		err = out.add(name, content)
		content.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
