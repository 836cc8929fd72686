package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/layers"
)

// Committer makes an image of another one and a layer on top of it.
type Committer struct {
	Loader
	Base    v1.Hash   // the image below, with all it is made of in the store
	Message string    // for the image's history
	Created time.Time // of the layer
	// Received gets the bytes of the layer that have come so far; total is 0 until the end. It is
	// called often.
	Received func(done, total int64)
}

// Commit reads the layer, a plain tar, to its end mark. Its image gets the name last, when it is
// there as a whole.
func (c *Committer) Commit(ctx context.Context, layer io.Reader) (*Loaded, error) {
	done, err := c.Store.Adding(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	base, err := c.base()
	if err != nil {
		return nil, err
	}
	spooled, err := c.compress(ctx, layer)
	if err != nil {
		return nil, nameFailure(c.Name, err)
	}
	defer spooled.file.Close()
	image, err := c.image(base, spooled)
	if err != nil {
		return nil, nameFailure(c.Name, err)
	}
	total := 2 * spooled.descriptor.Size // it is kept, and read into the root file system with those below
	for _, layer := range base.manifest.Layers {
		total += layer.Size
	}
	if err := c.loadOne(ctx, c.Name, image, c.counting(total)); err != nil {
		return nil, err
	}
	return &Loaded{Reference: c.Name, Digest: image.manifest.String()}, nil
}

// committed is the image below.
type committed struct {
	manifest *v1.Manifest
	config   []byte
}

func (c *Committer) base() (*committed, error) {
	kept := c.Store.Blobs()
	_, manifest, err := kept.Manifest(c.Base)
	if err != nil {
		return nil, c.notKept(err)
	}
	config, err := kept.Read(manifest.Config.Digest, blobs.MaxConfig)
	if err != nil {
		return nil, c.notKept(err)
	}
	for _, layer := range manifest.Layers {
		if size, exists := kept.Size(layer.Digest); !exists || size != layer.Size {
			return nil, c.notKept(fs.ErrNotExist)
		}
	}
	return &committed{manifest, config}, nil
}

func (c *Committer) notKept(err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return nameFailure(c.Base.String(), err)
	}
	return failure.New(failurev1.Code_CODE_IMAGE_LAYERS, c.Base.String(), nil)
}

// image is what is new: the layer, a configuration and a manifest that name it.
func (c *Committer) image(base *committed, layer *spooledLayer) (*packed, error) {
	config, err := appendLayer(base.config, layer.diffID, v1.History{
		Created: v1.Time{Time: c.Created}, CreatedBy: "msb image commit", Comment: c.Message,
	})
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	raw, err := stackManifest(base.manifest, layer.descriptor, config)
	if err != nil {
		return nil, err
	}
	configPart, manifestPart := madeOf(config), madeOf(raw)
	open := func() (io.ReadCloser, error) {
		_, err := layer.file.Seek(0, io.SeekStart)
		return io.NopCloser(layer.file), err
	}
	return &packed{
		manifest: manifestPart.digest, names: []string{c.Name},
		parts: []part{{digest: layer.descriptor.Digest, size: layer.descriptor.Size, open: open}, configPart, manifestPart},
	}, nil
}

// spooledLayer is a compressed layer in a file without a name.
type spooledLayer struct {
	file       *os.File
	descriptor v1.Descriptor
	diffID     v1.Hash
}

func (c *Committer) compress(ctx context.Context, layer io.Reader) (*spooledLayer, error) {
	file, err := c.Store.Scratch()
	if err != nil {
		return nil, err
	}
	var received int64
	count := func(n int64) {
		received += n
		c.Received(received, 0)
	}
	spooled, err := compressLayer(&watched{Reader: layer, ctx: ctx, read: count}, scratch{file}, layers.Standard)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	c.Received(received, received)
	spooled.file = file
	return spooled, nil
}
