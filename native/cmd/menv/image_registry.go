package main

import (
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/credentials"
	"sandboxfile/native/internal/image"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/reference"
	"sandboxfile/native/internal/registry"
)

// registries is the client for this process, as the user has set it up.
func registries() (*registry.Client, error) {
	settings, err := registry.LoadSettings(home())
	if err != nil {
		return nil, err
	}
	return registry.New(settings, credentials.New(home()), registry.StandardTiming), nil
}

// resolver shows what it does; stage is what the network is used for.
func (j *imageJob) resolver(store *imagestore.Store, stage string) *image.Resolver {
	return &image.Resolver{
		Store: store, Platform: j.platform, Builtin: j.builtin, Registry: registries, Hub: hub(), Pull: image.PullMissing,
		Progress: func(done, total int64) { j.lines.progress("importing", done, total) },
		Layers:   transferLines{j.lines, stage},
	}
}

// hub is the default registry; the variable is microsandbox's.
func hub() string {
	if registry := os.Getenv("OCI_REGISTRY_DOMAIN"); registry != "" {
		return registry
	}
	return reference.Hub
}

// transferLines shows downloads or uploads.
type transferLines struct {
	lines *imageLines
	stage string
}

func (t transferLines) Layer(digest v1.Hash, stage registry.Stage, done, total int64) {
	t.lines.layer(digest.String(), string(stage), done, total)
}

func (t transferLines) Total(done, total int64) { t.lines.progress(t.stage, done, total) }
