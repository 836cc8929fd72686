package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"sandboxfile/native/internal/layers"
	"sandboxfile/native/internal/rootfs"
)

// openPath tells by content what a path holds.
func (r *Resolver) openPath(ctx context.Context, path string, info os.FileInfo, tag string) (source, error) {
	if info.Mode().IsRegular() {
		archive, err := openArchive(ctx, path)
		if err != nil {
			return nil, err
		}
		return r.openStored(path, archive, tag)
	}
	if !info.IsDir() {
		return nil, errors.New("neither a folder nor an archive")
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	if _, err := root.Stat(layoutMarker); err == nil {
		return r.openStored(path, folderFiles{root}, tag)
	}
	if tag != "" {
		return nil, errors.Join(errors.New("a root folder has no tags"), root.Close())
	}
	return openFolder(ctx, root)
}

// openStored prefers the layout: newer docker archives have both, the layout with better names.
func (r *Resolver) openStored(path string, from files, tag string) (source, error) {
	selection := &selection{path: path, tag: tag, platform: r.Platform}
	stored, err := openLayout(from, selection)
	if errors.Is(err, errNoLayout) {
		stored, err = openDocker(from, selection)
	}
	if err != nil {
		return nil, errors.Join(err, from.close())
	}
	return stored, nil
}

// maxLayers is far more than builders make.
const maxLayers = 1024

// stored is an image made of layers.
type stored struct {
	from   files
	id     v1.Hash // of the manifest; a docker archive without one: of the configuration
	parsed *v1.ConfigFile
	blobs  []blob
}

type blob struct {
	name   string  // file
	digest v1.Hash // zero if not named
	size   int64   // as the image says; a docker archive does not, and its file's counts

	mediaType types.MediaType // empty if not named
	foreign   bool            // the image names other places to get it from
}

func (s *stored) digest() v1.Hash { return s.id }
func (s *stored) close() error    { return s.from.close() }

func (s *stored) size() (total int64) {
	for _, blob := range s.blobs {
		total += blob.size
	}
	return total
}

func (s *stored) write(ctx context.Context, out rootfs.Writer, read func(int64)) error {
	open := func(_ context.Context, layer blob) (io.ReadCloser, error) { return s.from.open(layer.name) }
	return s.merge(ctx, out, read, open)
}

func (s *stored) merge(ctx context.Context, out rootfs.Writer, read func(int64), open func(context.Context, blob) (io.ReadCloser, error)) error {
	list := make([]layers.Layer, len(s.blobs))
	for i, blob := range s.blobs {
		list[i] = layers.Layer{
			Open:   func(ctx context.Context) (io.ReadCloser, error) { return open(ctx, blob) },
			Digest: blob.digest,
			Size:   blob.size,
			DiffID: s.parsed.RootFS.DiffIDs[i],
		}
	}
	return layers.Merge(ctx, list, out, layers.Standard, read)
}

// checkLayers refuses what could not be unpacked before any of it is fetched.
func (s *stored) checkLayers() error {
	var total int64
	for i, blob := range s.blobs {
		if err := checkAlgorithm(blob.digest); err != nil && blob.digest.Algorithm != "" {
			return fmt.Errorf("layer %d of %d: %w", i+1, len(s.blobs), err)
		}
		if blob.size < 0 {
			return fmt.Errorf("layer %d of %d (%s): size %d", i+1, len(s.blobs), blob.digest, blob.size)
		}
		if total += blob.size; blob.size > layers.Standard.Bytes || total > layers.Standard.Bytes {
			return &layers.LimitError{Bound: fmt.Sprintf("%d bytes in all layers", layers.Standard.Bytes)}
		}
	}
	if len(s.blobs) > maxLayers {
		return fmt.Errorf("%d layers, more than %d", len(s.blobs), maxLayers)
	}
	return nil
}

func checkAlgorithm(digest v1.Hash) error {
	if digest.Algorithm != "sha256" {
		return fmt.Errorf("digest of algorithm %q: only sha256 is supported", digest.Algorithm)
	}
	return nil
}

func (s *stored) setConfig(raw []byte) error {
	s.parsed = &v1.ConfigFile{}
	if err := json.Unmarshal(raw, s.parsed); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if len(s.parsed.RootFS.DiffIDs) != len(s.blobs) {
		return fmt.Errorf("configuration: %d diff ids for %d layers", len(s.parsed.RootFS.DiffIDs), len(s.blobs))
	}
	return nil
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
