package registry

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/reference"
)

// Pushed is an image in the store that is to be sent.
type Pushed struct {
	Manifest  []byte
	MediaType types.MediaType
	Config    []byte
	Layers    []v1.Descriptor
	// Elsewhere tells in which other repositories a layer is likely to be. A registry that has one
	// of those takes it from there.
	Elsewhere map[v1.Hash]reference.Reference
}

// Push sends what the registry does not have, the manifest last.
func (c *Client) Push(ctx context.Context, to reference.Reference, image *Pushed, store *blobs.Store, observer Observer) error {
	fail := func(err error) error { return nameFailure(concealed(err), to.Domain, to.String()) }
	at, err := c.host(to.Domain, false)
	if err != nil {
		return fail(err)
	}
	repository := to.In(at.registry)
	scopes := []string{repository.Scope(transport.PushScope)}
	for _, other := range image.Elsewhere {
		if other.Domain == to.Domain {
			scopes = append(scopes, other.In(at.registry).Scope(transport.PullScope))
		}
	}
	opened, err := c.open(ctx, at, to, scopes...)
	if err != nil {
		return fail(err)
	}
	sending := newUpload(ctx, image, store, observer)
	complete, err := partial.CompressedToImage(sending)
	if err == nil {
		err = remote.Write(destination(repository, to), &mountable{complete, at.registry, to, image.Elsewhere},
			remote.WithContext(ctx), remote.WithTransport(opened.transport), remote.WithJobs(maxDownloads))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		sending.finish()
	}
	return fail(err)
}

func destination(repository name.Repository, to reference.Reference) name.Reference {
	if to.Tag == "" {
		return repository.Digest(to.Digest)
	}
	return repository.Tag(to.Tag)
}

// mountable says of layers where else they are.
type mountable struct {
	v1.Image
	registry  name.Registry
	to        reference.Reference
	elsewhere map[v1.Hash]reference.Reference
}

func (m *mountable) Layers() ([]v1.Layer, error) {
	list, err := m.Image.Layers()
	for i, layer := range list {
		digest, err := layer.Digest()
		if err != nil {
			return nil, err
		}
		if other, known := m.elsewhere[digest]; known && other.Domain == m.to.Domain && other.Path != m.to.Path {
			list[i] = &remote.MountableLayer{Layer: layer, Reference: destination(other.In(m.registry), other)}
		}
	}
	return list, err
}
