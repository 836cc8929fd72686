package registry

import (
	"context"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"sandboxfile/native/internal/blobs"
)

// upload gives the parts of the image and counts what is read of them.
type upload struct {
	ctx      context.Context
	image    *Pushed
	store    *blobs.Store
	observer Observer
	total    int64

	mutex sync.Mutex
	sent  map[v1.Hash]int64
}

func newUpload(ctx context.Context, image *Pushed, store *blobs.Store, observer Observer) *upload {
	made := &upload{ctx: ctx, image: image, store: store, observer: observer, sent: make(map[v1.Hash]int64)}
	for _, layer := range image.Layers {
		made.total += layer.Size
		observer.Layer(layer.Digest, Waiting, 0, layer.Size)
	}
	return made
}

func (u *upload) RawManifest() ([]byte, error)        { return u.image.Manifest, nil }
func (u *upload) RawConfigFile() ([]byte, error)      { return u.image.Config, nil }
func (u *upload) MediaType() (types.MediaType, error) { return u.image.MediaType, nil }

func (u *upload) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	for _, layer := range u.image.Layers {
		if layer.Digest == digest {
			return &uploadLayer{upload: u, descriptor: layer}, nil
		}
	}
	return nil, refuse("no layer %s", digest)
}

// progress counts from zero again when a layer is sent once more.
func (u *upload) progress(layer v1.Descriptor, done int64) {
	u.mutex.Lock()
	u.sent[layer.Digest] = done
	var all int64
	for _, sent := range u.sent {
		all += sent
	}
	u.mutex.Unlock()
	u.observer.Layer(layer.Digest, Pushing, done, layer.Size)
	u.observer.Total(all, u.total)
}

// finish tells which layers went over the network and which were there.
func (u *upload) finish() {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	for _, layer := range u.image.Layers {
		stage := Exists
		if _, sent := u.sent[layer.Digest]; sent {
			stage = Done
		}
		u.observer.Layer(layer.Digest, stage, layer.Size, layer.Size)
	}
	u.observer.Total(u.total, u.total)
}

type uploadLayer struct {
	upload     *upload
	descriptor v1.Descriptor
}

func (l *uploadLayer) Digest() (v1.Hash, error)            { return l.descriptor.Digest, nil }
func (l *uploadLayer) Size() (int64, error)                { return l.descriptor.Size, nil }
func (l *uploadLayer) MediaType() (types.MediaType, error) { return l.descriptor.MediaType, nil }

func (l *uploadLayer) Compressed() (io.ReadCloser, error) {
	file, err := l.upload.store.Open(l.descriptor.Digest)
	if err != nil {
		return nil, err
	}
	return &counting{ReadCloser: file, layer: l}, nil
}

type counting struct {
	io.ReadCloser
	layer *uploadLayer
	count int64
}

func (c *counting) Read(data []byte) (int, error) {
	if err := c.layer.upload.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.ReadCloser.Read(data)
	c.count += int64(n)
	c.layer.upload.progress(c.layer.descriptor, c.count)
	return n, err
}
