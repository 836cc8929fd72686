package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/layers"
	"sandboxfile/native/internal/reference"
)

// unpack finds the images of an archive that are for the platform; each once, with all its names.
func (l *Loader) unpack(ctx context.Context, path string, from files) ([]*packed, error) {
	selection := &selection{path: path, platform: l.Platform}
	images, platforms, err := l.unpackLayout(from, selection)
	if errors.Is(err, errNoLayout) {
		images, platforms, err = l.unpackDocker(ctx, from, selection)
	}
	if err != nil {
		return nil, err
	}
	if len(images) == 0 {
		return nil, selection.wrongPlatform(platforms)
	}
	if l.Name == "" {
		return images, nil
	}
	if len(images) > 1 {
		return nil, failure.New(failurev1.Code_CODE_IMAGE_AMBIGUOUS, path, errors.New("only one can have the name "+l.Name))
	}
	images[0].names = []string{l.Name}
	return images, nil
}

func (l *Loader) unpackLayout(from files, selection *selection) (images []*packed, platforms []string, err error) {
	index, err := readIndex(from)
	if err != nil {
		return nil, nil, err
	}
	reader := &indexReader{from: layoutBlobs{from}, files: from, selection: selection}
	for _, descriptor := range index.Manifests {
		if isAttestation(descriptor) {
			continue
		}
		usable, err := reader.expand(descriptor, 0)
		if err != nil {
			return nil, nil, err
		}
		if usable == nil {
			continue
		}
		image, err := reader.image(*usable)
		if err != nil {
			return nil, nil, err
		}
		found := &packed{stored: image, manifest: usable.Digest, names: l.normalNames(fullNames(descriptor))}
		if found.parts, err = partsOf(image); err != nil {
			return nil, nil, err
		}
		images = addPacked(images, found)
	}
	return images, reader.platforms, nil
}

// fullNames leaves out what is only a tag, of a repository that the layout does not name.
func fullNames(descriptor v1.Descriptor) []string {
	return slices.DeleteFunc(namesOf(descriptor), func(name string) bool { return !strings.ContainsAny(name, "/:") })
}

// partsOf are the blobs that make up an image of a layout.
func partsOf(image *stored) ([]part, error) {
	content := layoutBlobs{image.from}
	raw, err := content.manifest(image.id)
	if err != nil {
		return nil, err
	}
	manifest, err := v1.ParseManifest(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	config, err := content.config(manifest.Config)
	if err != nil {
		return nil, err
	}
	var found []part
	for _, layer := range image.blobs {
		open := func() (io.ReadCloser, error) { return image.from.open(layer.name) }
		found = append(found, part{digest: layer.digest, size: layer.size, open: open})
	}
	return append(found, made(manifest.Config.Digest, config), made(image.id, raw)), nil
}

func (l *Loader) unpackDocker(ctx context.Context, from files, selection *selection) (images []*packed, platforms []string, err error) {
	manifest, err := readDockerManifest(from)
	if err != nil {
		return nil, nil, err
	}
	for _, descriptor := range manifest {
		image, err := dockerImage(from, descriptor)
		if err != nil {
			return nil, nil, err
		}
		platform := v1.Platform{OS: image.parsed.OS, Architecture: image.parsed.Architecture, Variant: image.parsed.Variant}
		platforms = append(platforms, platform.String())
		if !selection.runs(platform) {
			continue
		}
		found, err := packDocker(ctx, image, descriptor)
		if err != nil {
			return nil, nil, err
		}
		found.names = l.normalNames(descriptor.RepoTags)
		images = addPacked(images, found)
	}
	return images, platforms, nil
}

// packDocker gives an image of a docker archive the manifest that it lacks. Its layers stay as they
// are, mostly plain: their diff ids are their digests then.
func packDocker(ctx context.Context, image *stored, descriptor tarball.Descriptor) (*packed, error) {
	config, err := readFile(image.from, descriptor.Config, blobs.MaxConfig)
	if err != nil {
		return nil, err
	}
	found := &packed{stored: image}
	manifest := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1}
	for i, blob := range image.blobs {
		layer, err := dockerLayer(ctx, image.from, blob.name, image.parsed.RootFS.DiffIDs[i])
		if err != nil {
			return nil, err
		}
		manifest.Layers = append(manifest.Layers, layer)
		open := func() (io.ReadCloser, error) { return image.from.open(blob.name) }
		found.parts = append(found.parts, part{digest: layer.Digest, size: layer.Size, open: open})
	}
	manifest.Config = v1.Descriptor{MediaType: types.OCIConfigJSON, Digest: image.id, Size: int64(len(config))}
	raw, err := json.Marshal(manifest)
	if err != nil {
		return nil, err
	}
	if found.manifest, _, err = v1.SHA256(bytes.NewReader(raw)); err != nil {
		return nil, err
	}
	found.parts = append(found.parts, made(image.id, config), made(found.manifest, raw))
	return found, nil
}

func dockerLayer(ctx context.Context, from files, name string, diffID v1.Hash) (v1.Descriptor, error) {
	size, err := from.size(name)
	if err != nil {
		return v1.Descriptor{}, err
	}
	file, err := from.open(name)
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer file.Close()
	head := make([]byte, 4)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return v1.Descriptor{}, err
	}
	layer := v1.Descriptor{MediaType: layers.TypeOf(head[:n]), Digest: diffID, Size: size}
	if layer.MediaType == types.OCIUncompressedLayer {
		return layer, nil
	}
	sum := sha256.New()
	sum.Write(head[:n])
	_, err = io.Copy(sum, &watched{Reader: file, ctx: ctx, read: func(int64) {}})
	layer.Digest = v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}
	return layer, err
}

// madeOf is a part that nothing names yet.
func madeOf(raw []byte) part {
	digest := sha256.Sum256(raw)
	return made(v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(digest[:])}, raw)
}

func made(digest v1.Hash, raw []byte) part {
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }
	return part{digest: digest, size: int64(len(raw)), open: open}
}

func addPacked(images []*packed, image *packed) []*packed {
	for _, other := range images {
		if other.manifest == image.manifest {
			other.names = slices.Compact(slices.Sorted(slices.Values(append(other.names, image.names...))))
			return images
		}
	}
	return append(images, image)
}

// normalNames leaves out what is no reference: an archive may call its images anything.
func (l *Loader) normalNames(names []string) []string {
	var found []string
	for _, name := range names {
		if parsed, err := reference.Parse(name, l.Hub); err == nil {
			found = append(found, parsed.String())
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(found)))
}
