package image

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"sandboxfile/native/internal/blobs"
)

// openDocker opens the selected image of a docker archive.
func openDocker(from files, selection *selection) (*stored, error) {
	manifest, err := readDockerManifest(from)
	if err != nil {
		return nil, err
	}
	var names, platforms []string
	var found []*stored
	named := false
	for _, descriptor := range manifest {
		names = append(names, descriptor.RepoTags...)
		if !selection.matches(descriptor.RepoTags) {
			continue
		}
		named = true
		image, err := dockerImage(from, descriptor)
		if err != nil {
			return nil, err
		}
		platform := v1.Platform{OS: image.parsed.OS, Architecture: image.parsed.Architecture, Variant: image.parsed.Variant}
		platforms = append(platforms, platform.String())
		if selection.runs(platform) && (len(found) == 0 || found[0].id != image.id) {
			found = append(found, image)
		}
	}
	switch {
	case len(found) == 1 || len(found) > 1 && selection.tag != "":
		return found[0], nil
	case len(found) > 1:
		return nil, selection.ambiguous(names)
	case !named && selection.tag != "":
		return nil, selection.missing(names)
	default:
		return nil, selection.wrongPlatform(platforms)
	}
}

func readDockerManifest(from files) (tarball.Manifest, error) {
	raw, err := readFile(from, "manifest.json", blobs.MaxManifest)
	if isMissing(err) {
		return nil, errors.New("neither an OCI layout nor a docker archive")
	}
	if err != nil {
		return nil, err
	}
	var manifest tarball.Manifest
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	return manifest, nil
}

// dockerImage goes by the digest of its configuration, which names all layers by their diff ids.
func dockerImage(from files, descriptor tarball.Descriptor) (*stored, error) {
	config, err := readFile(from, descriptor.Config, blobs.MaxConfig)
	if err != nil {
		return nil, err
	}
	id, _, err := v1.SHA256(bytes.NewReader(config))
	if err != nil {
		return nil, err
	}
	image := &stored{from: from, id: id}
	for _, layer := range descriptor.Layers {
		size, err := from.size(layer)
		if err != nil {
			return nil, fmt.Errorf("layer %s: %w", layer, err)
		}
		image.blobs = append(image.blobs, blob{name: layer, size: size})
	}
	if err := image.checkLayers(); err != nil {
		return nil, err
	}
	return image, image.setConfig(config)
}
