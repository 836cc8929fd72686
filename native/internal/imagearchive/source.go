package imagearchive

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/layers"
)

// source reads images from the store and checks what it reads.
type source struct {
	ctx   context.Context
	blobs *blobs.Store
	read  func(int64) // gets bytes of layers
}

// opened is an image with what names its parts.
type opened struct {
	Image
	raw      []byte // of the manifest
	manifest *v1.Manifest
	config   []byte
	diffIDs  []v1.Hash
}

func (s *source) open(images []Image) ([]opened, error) {
	var found []opened
	for _, image := range images {
		one, err := s.openOne(image)
		if err != nil {
			return nil, missing(image, err)
		}
		found = append(found, *one)
	}
	return found, nil
}

func (s *source) openOne(image Image) (*opened, error) {
	raw, manifest, err := s.blobs.Manifest(image.Digest)
	if err != nil {
		return nil, err
	}
	config, err := s.blobs.Read(manifest.Config.Digest, blobs.MaxConfig)
	if err != nil {
		return nil, err
	}
	var parsed v1.ConfigFile
	if err := json.Unmarshal(config, &parsed); err != nil {
		return nil, err
	}
	if len(parsed.RootFS.DiffIDs) != len(manifest.Layers) {
		return nil, fmt.Errorf("%d diff ids for %d layers", len(parsed.RootFS.DiffIDs), len(manifest.Layers))
	}
	for _, layer := range manifest.Layers {
		if size, exists := s.blobs.Size(layer.Digest); !exists || size != layer.Size {
			return nil, &fs.PathError{Op: "open", Path: layer.Digest.String(), Err: fs.ErrNotExist}
		}
	}
	return &opened{Image: image, raw: raw, manifest: manifest, config: config, diffIDs: parsed.RootFS.DiffIDs}, nil
}

// missing tells what a pull or load puts right from what it does not.
func missing(image Image, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return failure.New(failurev1.Code_CODE_IMAGE_NOT_CACHED, image.Asked, errors.New("its layers are not kept: it was only run; `msb load` keeps them"))
}

// stored is a layer as it is kept.
func (s *source) stored(layer v1.Descriptor) (io.ReadCloser, error) {
	file, err := s.blobs.Open(layer.Digest)
	if err != nil {
		return nil, err
	}
	return &checked{Reader: s.watch(file), Closer: file, path: file.Name(), sum: sha256.New(), expected: layer.Digest}, nil
}

// plain is a layer's tar stream.
func (s *source) plain(layer v1.Descriptor, diffID v1.Hash) (io.ReadCloser, error) {
	file, err := s.blobs.Open(layer.Digest)
	if err != nil {
		return nil, err
	}
	stream, err := layers.Decompress(bufio.NewReaderSize(s.watch(file), 256<<10))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	closed := closers{stream, file}
	return &checked{Reader: stream, Closer: closed, path: file.Name(), sum: sha256.New(), expected: diffID}, nil
}

func (s *source) watch(file io.Reader) io.Reader { return &watched{Reader: file, source: s} }

type watched struct {
	io.Reader
	*source
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.read(int64(n))
	}
	return n, err
}

// checked ends with a failure when it was not what it was to be.
type checked struct {
	io.Reader
	io.Closer
	path     string
	sum      hash.Hash
	expected v1.Hash
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.sum.Write(p[:n])
	if errors.Is(err, io.EOF) {
		if found := hex.EncodeToString(c.sum.Sum(nil)); found != c.expected.Hex {
			return n, c.damaged(fmt.Errorf("it gives sha256:%s, expected %s", found, c.expected))
		}
	} else if err != nil && !errors.Is(err, context.Canceled) {
		return n, c.damaged(err)
	}
	return n, err
}

func (c *checked) damaged(cause error) error {
	return failure.New(failurev1.Code_CODE_STORE, c.path, fmt.Errorf("damaged: %w", cause))
}

type closers []io.Closer

func (c closers) Close() error {
	var failed error
	for _, one := range c {
		failed = errors.Join(failed, one.Close())
	}
	return failed
}
