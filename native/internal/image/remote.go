package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/layers"
	"sandboxfile/native/internal/reference"
	"sandboxfile/native/internal/registry"
	"sandboxfile/native/internal/rootfs"
)

// PullPolicy says when a registry is asked.
type PullPolicy string

// Missing, the default, asks only for what is not in the store; Always asks whether the name means
// the same image still.
const (
	PullMissing PullPolicy = "missing"
	PullAlways  PullPolicy = "always"
	PullNever   PullPolicy = "never"
)

// Set reads a policy.
func (p *PullPolicy) Set(text string) error {
	*p = PullPolicy(text)
	if *p != PullMissing && *p != PullAlways && *p != PullNever {
		return fmt.Errorf("pull %q: expected %s, %s or %s", text, PullMissing, PullAlways, PullNever)
	}
	return nil
}

func (r *Resolver) resolveRemote(ctx context.Context, text string) (*Resolved, error) {
	wanted, pinned, err := parseRemote(text, r.Hub)
	if err != nil {
		return nil, err
	}
	known, image := r.known(wanted)
	if image != nil && (r.Pull != PullAlways || pinned) {
		return &Resolved{Image: image, Reference: known.Name}, nil
	}
	if r.Pull == PullNever {
		return nil, failure.New(failurev1.Code_CODE_IMAGE_NOT_CACHED, wanted.String(), nil)
	}
	client, err := r.Registry()
	if err != nil {
		return nil, err
	}
	repository, err := client.Repository(wanted)
	if err != nil {
		return nil, err
	}
	if image != nil {
		now, err := repository.Head(ctx)
		if err != nil {
			return nil, err
		}
		same := now == known.Digest || now.Algorithm != "" && now == known.Index
		if same && r.hasLayers(known.Digest) {
			return &Resolved{Image: image, Reference: known.Name}, nil
		}
	}
	return r.pull(ctx, wanted, repository)
}

func parseRemote(text, hub string) (wanted reference.Reference, pinned bool, err error) {
	wanted, err = reference.Parse(text, hub)
	if err == nil {
		_, pinned, err = wanted.Pinned()
	}
	if err != nil {
		return wanted, false, failure.New(failurev1.Code_CODE_IMAGE_REFERENCE, text, err)
	}
	return wanted, pinned, nil
}

// known is what the name meant last time, and its image if that is there still.
func (r *Resolver) known(wanted reference.Reference) (imagestore.Reference, *imagestore.Image) {
	known, exists := r.Store.Reference(wanted.String(), r.Platform.String())
	if !exists {
		return known, nil
	}
	return known, r.Store.Lookup(known.Digest)
}

// hasLayers is false for images that came from elsewhere under the same digest, or lost a layer.
func (r *Resolver) hasLayers(digest v1.Hash) bool {
	_, manifest, err := r.Store.Blobs().Manifest(digest)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(manifest.Layers, func(layer v1.Descriptor) bool {
		size, exists := r.Store.Blobs().Size(layer.Digest)
		return !exists || size != layer.Size
	})
}

// pull asks for what the name means now; from then on everything goes by digest.
func (r *Resolver) pull(ctx context.Context, wanted reference.Reference, repository *registry.Repository) (*Resolved, error) {
	done, err := r.Store.Adding(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	from := &remoteContent{ctx: ctx, repository: repository, blobs: r.Store.Blobs()}
	top, err := from.top()
	if err != nil {
		return nil, nameFailure(wanted.String(), err)
	}
	reader := &indexReader{from: from, selection: &selection{path: wanted.String(), platform: r.Platform}}
	chosen, err := reader.expand(top, 0)
	if err == nil && chosen == nil {
		err = reader.selection.wrongPlatform(reader.platforms)
	}
	var found *stored
	if err == nil {
		found, err = reader.image(*chosen)
	}
	if err != nil {
		return nil, nameFailure(wanted.String(), err)
	}
	name := imagestore.Reference{Name: wanted.String()}
	if top.Digest != chosen.Digest {
		name.Index = top.Digest
	}
	return r.bring(ctx, &remoteImage{stored: found, from: from, observer: r.Layers}, name)
}

// remoteImage is a registry's image.
type remoteImage struct {
	*stored
	from     *remoteContent
	observer registry.Observer
}

func (r *remoteImage) close() error { return nil }

// keep has the layers in the store, without reading them.
func (r *remoteImage) keep(ctx context.Context) error {
	downloads := r.download(ctx)
	defer downloads.Close()
	return downloads.Wait()
}

func (r *remoteImage) download(ctx context.Context) *registry.Downloads {
	wanted := make([]registry.Layer, len(r.blobs))
	for i, layer := range r.blobs {
		wanted[i] = registry.Layer{Digest: layer.digest, Size: layer.size, Foreign: layer.foreign}
	}
	return r.from.repository.Download(ctx, r.from.blobs, wanted, r.observer)
}

// write reads the layers while they come. The image is complete only when they are all kept, too.
func (r *remoteImage) write(ctx context.Context, out rootfs.Writer, read func(int64)) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	downloads := r.download(ctx)
	defer downloads.Close()
	go func() {
		if downloads.Wait() != nil {
			stop()
		}
	}()
	err := r.merge(reading, out, read, func(ctx context.Context, layer blob) (io.ReadCloser, error) {
		return downloads.Open(ctx, layer.digest)
	})
	failed := downloads.Failed()
	if err == nil || errors.Is(err, blobs.ErrRestarted) {
		failed = downloads.Wait()
	}
	if failed != nil {
		return failed // the reason why reading failed, too
	}
	return r.repaired(ctx, err)
}

// repaired looks whether a layer that could not be read was damaged after it had been kept. It is
// gone then, and the next attempt fetches it.
func (r *remoteImage) repaired(ctx context.Context, err error) error {
	if _, output := errors.AsType[*layers.OutputError](err); err == nil || output || ctx.Err() != nil {
		return err
	}
	for _, layer := range r.blobs {
		removed, failed := r.from.blobs.Repair(ctx, layer.digest)
		if failed != nil {
			return failed
		}
		if removed {
			err = blobs.ErrRestarted
		}
	}
	return err
}
