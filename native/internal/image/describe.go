package image

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/imagestore"
)

func (s *stored) describe() imagestore.Description {
	platform := v1.Platform{OS: s.parsed.OS, Architecture: s.parsed.Architecture, Variant: s.parsed.Variant}
	what := imagestore.Description{Config: configOf(s.parsed), Platform: platform.String(), Created: s.parsed.Created.Time.UTC()}
	steps := slices.DeleteFunc(slices.Clone(s.parsed.History), func(step v1.History) bool { return step.EmptyLayer })
	for i, blob := range s.blobs {
		layer := imagestore.Layer{DiffID: s.parsed.RootFS.DiffIDs[i].String(), Size: blob.size, MediaType: string(blob.mediaType)}
		if blob.digest.Algorithm != "" {
			layer.Digest = blob.digest.String()
		}
		if len(steps) == len(s.blobs) {
			layer.CreatedBy = bounded(steps[i].CreatedBy)
		}
		what.Layers = append(what.Layers, layer)
	}
	return what
}

// bounded keeps a listing of layers readable, whatever built the image.
func bounded(text string) string {
	const most = 4096
	return text[:min(len(text), most)]
}

func configOf(parsed *v1.ConfigFile) imagestore.Config {
	config := imagestore.Config{
		Env:        append([]string{}, parsed.Config.Env...),
		Entrypoint: append([]string{}, parsed.Config.Entrypoint...),
		Cmd:        append([]string{}, parsed.Config.Cmd...),
		WorkingDir: parsed.Config.WorkingDir, User: parsed.Config.User,
		ExposedPorts: []string{},
	}
	for port := range parsed.Config.ExposedPorts {
		config.ExposedPorts = append(config.ExposedPorts, port)
	}
	slices.Sort(config.ExposedPorts)
	return config
}
