package imagearchive

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// writeDocker stores layers by diff id, plain: so every tool that reads docker archives can.
func writeDocker(from *source, images []opened, out files) error {
	manifest := tarball.Manifest{}
	parts := make(map[string]func() (io.ReadCloser, error))
	for _, image := range images {
		entry := tarball.Descriptor{Config: image.manifest.Config.Digest.Hex + ".json"}
		parts[entry.Config] = whole(image.config)
		for _, name := range image.Names {
			if name.Tag != "" {
				entry.RepoTags = append(entry.RepoTags, name.Full)
			}
		}
		for i, layer := range image.manifest.Layers {
			name := image.diffIDs[i].Hex + ".tar"
			entry.Layers = append(entry.Layers, name)
			parts[name] = func() (io.ReadCloser, error) { return from.plain(layer, image.diffIDs[i]) }
		}
		manifest = append(manifest, entry)
	}
	raw, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	if err := out.add("manifest.json", bytes.NewReader(raw)); err != nil {
		return err
	}
	return addSorted(parts, out)
}
