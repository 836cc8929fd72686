package image

import (
	"bytes"
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/blobs"
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

func (c *remoteContent) manifest(digest v1.Hash) ([]byte, error) {
	return c.read(digest, maxManifest, func() ([]byte, error) { return c.repository.ManifestOf(c.ctx, digest) })
}

func (c *remoteContent) config(digest v1.Hash) ([]byte, error) {
	return c.read(digest, maxConfig, func() ([]byte, error) { return c.repository.Config(c.ctx, digest, maxConfig) })
}

// read takes a damaged blob for one that is not there.
func (c *remoteContent) read(digest v1.Hash, bound int64, ask func() ([]byte, error)) ([]byte, error) {
	if err := checkAlgorithm(digest); err != nil {
		return nil, err
	}
	if raw, err := c.blobs.Read(digest, bound); err == nil {
		return raw, nil
	}
	raw, err := ask()
	if err != nil {
		return nil, err
	}
	return raw, c.keep(digest, raw)
}

func (c *remoteContent) keep(digest v1.Hash, raw []byte) error {
	return c.blobs.Import(c.ctx, digest, int64(len(raw)), bytes.NewReader(raw))
}
