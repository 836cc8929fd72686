package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"sandboxfile/native/internal/layers"
)

// errCut is about a layer whose sender has not finished it. Whatever was read of it is a valid archive
// to most readers.
var errCut = errors.New("the layer ends before its end mark")

// compressLayer writes a plain tar as gzip. The file is the caller's to set.
func compressLayer(layer io.Reader, out io.Writer, limits layers.Limits) (*spooledLayer, error) {
	plain, stored := sha256.New(), sha256.New()
	size := &counter{}
	packer := gzip.NewWriter(io.MultiWriter(out, stored, size))
	bound := limits.Bytes + limits.Metadata
	read := &counter{}
	copied := io.TeeReader(io.LimitReader(layer, bound+1), io.MultiWriter(packer, plain, read))
	err := readWhole(copied, read)
	if read.bytes > bound {
		return nil, &layers.LimitError{Bound: fmt.Sprintf("%d bytes in a layer", bound)}
	}
	if err != nil {
		return nil, err
	}
	if err := packer.Close(); err != nil {
		return nil, err
	}
	return &spooledLayer{
		diffID:     sum(plain),
		descriptor: v1.Descriptor{MediaType: types.OCILayer, Digest: sum(stored), Size: size.bytes},
	}, nil
}

// readWhole reads an archive and what follows it, and insists on its end mark. A tar.Reader takes
// blocks as it needs them and nothing ahead, so what has been read says where it is.
func readWhole(archive io.Reader, read *counter) error {
	const block, endMark = 512, 2 * 512
	reader := tar.NewReader(archive)
	var end int64 // of the last entry
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return errCut
		}
		if err != nil {
			return err
		}
		end = read.bytes + (header.Size+block-1)/block*block
	}
	if _, err := io.Copy(io.Discard, archive); err != nil {
		return err
	}
	if read.bytes < end+endMark {
		return errCut
	}
	return nil
}

type counter struct{ bytes int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}

func sum(of hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(of.Sum(nil))}
}

// appendLayer gives an image's configuration one layer more. What it does not know it leaves.
func appendLayer(config []byte, diffID v1.Hash, step v1.History) ([]byte, error) {
	var parsed v1.ConfigFile
	if err := json.Unmarshal(config, &parsed); err != nil {
		return nil, err
	}
	var document map[string]json.RawMessage
	if err := json.Unmarshal(config, &document); err != nil {
		return nil, err
	}
	history, described := parsed.History, 0
	for _, step := range history {
		if !step.EmptyLayer {
			described++
		}
	}
	// Readers count on a step for each layer if there are any.
	for ; described < len(parsed.RootFS.DiffIDs); described++ {
		history = append(history, v1.History{})
	}
	rootFS := v1.RootFS{Type: "layers", DiffIDs: append(parsed.RootFS.DiffIDs, diffID)}
	for key, value := range map[string]any{"created": step.Created, "history": append(history, step), "rootfs": rootFS} {
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		document[key] = raw
	}
	return json.Marshal(document)
}

// stackManifest is of the same kind as the one below.
func stackManifest(base *v1.Manifest, layer v1.Descriptor, config []byte) ([]byte, error) {
	stacked := v1.Manifest{SchemaVersion: 2, MediaType: base.MediaType}
	if stacked.MediaType == "" {
		stacked.MediaType = types.OCIManifestSchema1
	}
	if stacked.MediaType == types.DockerManifestSchema2 {
		layer.MediaType = types.DockerLayer
	}
	digest, size, err := v1.SHA256(bytes.NewReader(config))
	if err != nil {
		return nil, err
	}
	stacked.Config = v1.Descriptor{MediaType: base.Config.MediaType, Digest: digest, Size: size}
	stacked.Layers = append(append(stacked.Layers, base.Layers...), layer)
	return json.Marshal(stacked)
}
