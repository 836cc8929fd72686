package image

import (
	"bytes"
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/layers"
	"sandboxfile/native/internal/registry"
)

// remoteContent is a repository's manifests and configurations. Each is kept, and what is kept is
// not asked for.
type remoteContent struct {
	ctx        context.Context
	repository *registry.Repository
	blobs      *blobs.Store
}

// top is what the name means now.
func (c *remoteContent) top() (v1.Descriptor, error) {
	raw, digest, err := c.repository.Manifest(c.ctx)
	if err != nil {
		return v1.Descriptor{}, err
	}
	kind, err := mediaTypeOf(raw)
	if err != nil {
		return v1.Descriptor{}, err
	}
	if err := c.keep(digest, raw); err != nil {
		return v1.Descriptor{}, err
	}
	return v1.Descriptor{MediaType: kind, Digest: digest, Size: int64(len(raw))}, nil
}

// manifest takes a damaged blob for one that is not there, as config does.
func (c *remoteContent) manifest(digest v1.Hash) ([]byte, error) {
	if err := checkAlgorithm(digest); err != nil {
		return nil, err
	}
	if raw, err := c.blobs.Read(digest, blobs.MaxManifest); err == nil {
		return raw, nil
	}
	raw, err := c.repository.ManifestOf(c.ctx, digest)
	if err != nil {
		return nil, err
	}
	return raw, c.keep(digest, raw)
}

func (c *remoteContent) config(wanted v1.Descriptor) ([]byte, error) {
	if err := checkAlgorithm(wanted.Digest); err != nil {
		return nil, err
	}
	if raw, err := c.blobs.Read(wanted.Digest, blobs.MaxConfig); err == nil {
		return raw, nil
	}
	if wanted.Size > blobs.MaxConfig {
		return nil, &layers.LimitError{Bound: fmt.Sprintf("%d bytes of configuration", blobs.MaxConfig)}
	}
	if err := c.repository.Config(c.ctx, c.blobs, wanted.Digest, wanted.Size); err != nil {
		return nil, err
	}
	return c.blobs.Read(wanted.Digest, blobs.MaxConfig)
}

func (c *remoteContent) keep(digest v1.Hash, raw []byte) error {
	return c.blobs.Import(c.ctx, digest, int64(len(raw)), bytes.NewReader(raw))
}
