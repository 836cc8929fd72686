package image

import (
	"bytes"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// content is where images are: an OCI layout, a registry. What it gives has the digest.
type content interface {
	manifest(digest v1.Hash) ([]byte, error) // or an index
	config(wanted v1.Descriptor) ([]byte, error)
}

// indexReader finds the image that is meant.
type indexReader struct {
	from      content
	files     files // of the layers, if they are at hand
	selection *selection
	platforms []string // met on the way
	visited   int
}

// choose picks by name first and by platform then: one name may stand for many platforms.
func (l *indexReader) choose(manifests []v1.Descriptor) (v1.Descriptor, error) {
	var names []string
	var found []v1.Descriptor
	named := false
	for _, descriptor := range manifests {
		if isAttestation(descriptor) {
			continue
		}
		own := namesOf(descriptor)
		names = append(names, own...)
		if !l.selection.matches(own) {
			continue
		}
		named = true
		usable, err := l.expand(descriptor, 0)
		if err != nil {
			return v1.Descriptor{}, err
		}
		if usable != nil && (len(found) == 0 || found[0].Digest != usable.Digest) {
			found = append(found, *usable)
		}
	}
	switch {
	case len(found) == 1 || len(found) > 1 && l.selection.tag != "":
		return found[0], nil
	case len(found) > 1:
		return v1.Descriptor{}, l.selection.ambiguous(names)
	case !named && l.selection.tag != "":
		return v1.Descriptor{}, l.selection.missing(names)
	default:
		return v1.Descriptor{}, l.selection.wrongPlatform(l.platforms)
	}
}

// Layouts nest one index in another; real ones once.
const (
	maxNesting   = 4
	maxManifests = 1000
)

// expand gives the image for the platform that a descriptor leads to, nil if there is none.
func (l *indexReader) expand(descriptor v1.Descriptor, depth int) (*v1.Descriptor, error) {
	if l.visited++; depth > maxNesting || l.visited > maxManifests {
		return nil, errors.New("too many images in one index")
	}
	if !descriptor.MediaType.IsIndex() {
		platform, err := l.platform(descriptor)
		if err != nil {
			return nil, err
		}
		l.platforms = append(l.platforms, platform.String())
		if !l.selection.runs(platform) {
			return nil, nil
		}
		return &descriptor, nil
	}
	raw, err := l.from.manifest(descriptor.Digest)
	if err != nil {
		return nil, err
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("index %s: %w", descriptor.Digest, err)
	}
	for _, inner := range index.Manifests {
		if isAttestation(inner) {
			continue
		}
		if usable, err := l.expand(inner, depth+1); err != nil || usable != nil {
			return usable, err
		}
	}
	return nil, nil
}

// platform asks the configuration when the index does not say.
func (l *indexReader) platform(descriptor v1.Descriptor) (v1.Platform, error) {
	if descriptor.Platform != nil {
		return *descriptor.Platform, nil
	}
	opened, err := l.image(descriptor)
	if err != nil {
		return v1.Platform{}, err
	}
	return v1.Platform{OS: opened.parsed.OS, Architecture: opened.parsed.Architecture, Variant: opened.parsed.Variant}, nil
}

func (l *indexReader) image(descriptor v1.Descriptor) (*stored, error) {
	raw, err := l.from.manifest(descriptor.Digest)
	if err != nil {
		return nil, err
	}
	manifest, err := v1.ParseManifest(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("manifest %s: %w", descriptor.Digest, err)
	}
	switch manifest.Config.MediaType {
	case types.OCIConfigJSON, types.DockerConfigJSON, "":
	default:
		return nil, fmt.Errorf("manifest %s: not an image but %s", descriptor.Digest, manifest.Config.MediaType)
	}
	image := &stored{from: l.files, id: descriptor.Digest}
	for _, layer := range manifest.Layers {
		image.blobs = append(image.blobs, blob{
			name: blobName(layer.Digest), digest: layer.Digest, size: layer.Size,
			mediaType: layer.MediaType, foreign: len(layer.URLs) > 0,
		})
	}
	if err := image.checkLayers(); err != nil {
		return nil, err
	}
	config, err := l.from.config(manifest.Config)
	if err != nil {
		return nil, err
	}
	return image, image.setConfig(config)
}

// isAttestation tells the records that build tools put beside an image for their own use.
func isAttestation(descriptor v1.Descriptor) bool {
	return descriptor.Annotations["vnd.docker.reference.type"] != "" ||
		descriptor.Platform != nil && descriptor.Platform.OS == "unknown"
}
