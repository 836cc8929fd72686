package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/reference"
	"sandboxfile/native/internal/registry"
)

// Push sends the image that a name means on this machine to a registry, which then knows it by the
// destination's name. So does the store.
func (r *Resolver) Push(ctx context.Context, source, destination string) (*imagestore.Reference, error) {
	to, pinned, err := parseRemote(destination, r.Hub)
	if err == nil && pinned {
		err = failure.New(failurev1.Code_CODE_IMAGE_REFERENCE, destination, errors.New("images are pushed to tags"))
	}
	if err != nil {
		return nil, err
	}
	name := source
	if from, err := reference.Parse(source, r.Hub); err == nil {
		name = from.String()
	}
	done, err := r.Store.Adding(ctx) // nothing of it is to be removed meanwhile
	if err != nil {
		return nil, err
	}
	defer done()
	known, exists := r.Store.Reference(name, r.Platform.String())
	if !exists {
		return nil, failure.New(failurev1.Code_CODE_IMAGE_NOT_CACHED, name, nil)
	}
	sent, err := r.sendable(known)
	if err != nil {
		return nil, failure.New(failurev1.Code_CODE_IMAGE_INVALID, name, err)
	}
	client, err := r.Registry()
	if err != nil {
		return nil, err
	}
	if err := client.Push(ctx, to, sent, r.Store.Blobs(), r.Layers); err != nil {
		return nil, err
	}
	pushed := imagestore.Reference{Name: to.String(), Platform: known.Platform, Digest: known.Digest}
	return &pushed, r.Store.SetReference(ctx, pushed)
}

// sendable collects what the store has of an image.
func (r *Resolver) sendable(known imagestore.Reference) (*registry.Pushed, error) {
	store := r.Store.Blobs()
	raw, manifest, err := store.Manifest(known.Digest)
	if err != nil {
		return nil, notKept(err)
	}
	config, err := store.Read(manifest.Config.Digest, blobs.MaxConfig)
	if err != nil {
		return nil, notKept(err)
	}
	for i, layer := range manifest.Layers {
		if size, exists := store.Size(layer.Digest); !exists || size != layer.Size {
			return nil, fmt.Errorf("layer %d (%s): %w", i+1, layer.Digest, errNotKept)
		}
	}
	kind := manifest.MediaType
	if kind == "" {
		kind = types.OCIManifestSchema1
	}
	return &registry.Pushed{
		Manifest: raw, MediaType: kind, Config: config, Layers: manifest.Layers, Elsewhere: r.elsewhere(),
	}, nil
}

var errNotKept = errors.New("not kept as a registry wants it; pull or load the image again")

func notKept(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errNotKept
	}
	return err
}

// elsewhere is in which repositories the layers of images that have a name are. It only saves
// sending, so what cannot be read does not matter.
func (r *Resolver) elsewhere() map[v1.Hash]reference.Reference {
	found := make(map[v1.Hash]reference.Reference)
	names, _, err := r.Store.References()
	if err != nil {
		return found
	}
	for _, known := range names {
		from, err := reference.Parse(known.Name, r.Hub)
		if err != nil {
			continue
		}
		_, manifest, err := r.Store.Blobs().Manifest(known.Digest)
		if err != nil {
			continue
		}
		for _, layer := range manifest.Layers {
			found[layer.Digest] = from
		}
	}
	return found
}
