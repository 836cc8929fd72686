package main

import (
	"github.com/google/go-containerregistry/pkg/authn"
	"sandboxfile/native/internal/registry"
)

// registries is the client for this process, as the user has set it up.
func (j *imageJob) registries() (*registry.Client, error) {
	settings, err := registry.LoadSettings(home())
	if err != nil {
		return nil, err
	}
	return registry.New(settings, authn.NewMultiKeychain(), registry.StandardTiming), nil
}
