package main

import (
	"context"
	"encoding/json"
	"flag"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/imagestore"
)

type inspectedImage struct {
	References []string           `json:"references"`
	Digest     string             `json:"digest"`
	Platform   string             `json:"platform"`
	Created    time.Time          `json:"created,omitzero"`
	LastUsed   time.Time          `json:"lastUsed"`
	InUseBy    []string           `json:"inUseBy"`
	RootDisk   string             `json:"rootDisk"`
	Sizes      imageSizes         `json:"sizes"`
	Layers     []imagestore.Layer `json:"layers"`   // lowest first
	Manifest   json.RawMessage    `json:"manifest"` // null if it is not kept
	Config     json.RawMessage    `json:"config"`   // likewise
	Runs       imagestore.Config  `json:"runs"`     // the part that programs are run with
}

type imageSizes struct {
	RootDisk int64 `json:"rootDisk"`
	Layers   int64 `json:"layers"` // as they came
	Kept     int64 `json:"kept"`   // of those, in the store
}

// inspectVerb: `menv image inspect REFERENCE|DIGEST` answers {"inspect":…}.
func inspectVerb(*flag.FlagSet) imageRun {
	return func(_ context.Context, job *imageJob) error {
		store, entry, err := oneImage(job)
		if err != nil {
			return err
		}
		inspected := inspectedImage{
			References: entry.Names(), Digest: entry.Digest, Platform: entry.Platform, Created: entry.Created,
			LastUsed: entry.LastUsed, InUseBy: usersOf(*entry), RootDisk: entry.RootDisk,
			Sizes:  imageSizes{RootDisk: entry.Size, Kept: store.KeptSize(*entry)},
			Layers: append([]imagestore.Layer{}, entry.Layers...), Runs: entry.Image.Config,
		}
		for _, layer := range entry.Layers {
			inspected.Sizes.Layers += layer.Size
		}
		inspected.Manifest, inspected.Config = keptJSON(store, entry.Digest)
		job.lines.answer("inspect", inspected)
		return nil
	}
}

func oneImage(job *imageJob) (*imagestore.Store, *imagestore.Entry, error) {
	if len(job.args) != 1 {
		return nil, nil, errImageUsage
	}
	store, err := job.store()
	if err != nil {
		return nil, nil, err
	}
	targets, err := findImages(store, job)
	if err != nil {
		return nil, nil, err
	}
	entry, err := store.Entry(targets[0])
	return store, entry, err
}

// keptJSON gives what is kept of manifest and configuration; both were checked when they came.
func keptJSON(store *imagestore.Store, text string) (manifest, config json.RawMessage) {
	digest, err := v1.NewHash(text)
	if err != nil {
		return nil, nil
	}
	raw, parsed, err := store.Blobs().Manifest(digest)
	if err != nil {
		return nil, nil
	}
	config, err = store.Blobs().Read(parsed.Config.Digest, blobs.MaxConfig)
	if err != nil || !json.Valid(config) {
		return raw, nil
	}
	return raw, config
}
