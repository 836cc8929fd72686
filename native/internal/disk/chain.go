package disk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/sparse"
)

// Format is how a layer's file holds its blocks.
type Format string

const (
	// Raw files are the disk, byte for byte; only the lowest layer is one.
	Raw Format = "raw"
	// Overlay files are qcow2: the blocks that differ from the layers below.
	Overlay Format = "qcow2"
)

// Layer is one file of a disk.
type Layer struct {
	Path   string
	Format Format
}

// Chain is a disk: its layers, the lowest first. The last one is written to. The others belong to
// everybody who has a link to them and never change.
type Chain []Layer

// Single is the disk that is one raw file.
func Single(path string) Chain { return Chain{{path, Raw}} }

const (
	// recordName is the file beside a disk that names its layers; without it the disk is one raw file.
	recordName  = "layers.json"
	layerPrefix = "layer-"
	maxRecord   = 64 << 10
	// MaxLayers bounds a chain: each layer is a file that the VMM holds open and a step on the way to
	// a block.
	MaxLayers = 128
)

type record struct {
	Layers []recordedLayer `json:"layers"`
}

type recordedLayer struct {
	Name   string `json:"name"`
	Format Format `json:"format"`
}

// Open finds the layers of the disk at path. A disk that was never made has one, which is missing.
func Open(path string) (Chain, error) {
	folder := filepath.Dir(path)
	data, err := durable.ReadFile(filepath.Join(folder, recordName), maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return Single(path), nil
	}
	if err != nil {
		return nil, err
	}
	var read record
	if err := json.Unmarshal(data, &read); err != nil {
		return nil, fmt.Errorf("%s: %w", recordName, err)
	}
	var chain Chain
	for _, layer := range read.Layers {
		if !isLayerName(layer.Name, filepath.Base(path)) {
			return nil, fmt.Errorf("%s: %q is no layer", recordName, layer.Name)
		}
		chain = append(chain, Layer{filepath.Join(folder, layer.Name), layer.Format})
	}
	return chain, chain.Check()
}

// Size is that of the disk for its guest.
func (c Chain) Size() (int64, error) {
	info, err := os.Stat(c[0].Path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Allocated is what the chain's files take.
func (c Chain) Allocated() uint64 {
	var paths []string
	for _, layer := range c {
		paths = append(paths, layer.Path)
	}
	return sparse.Allocated(paths...)
}

// Top is the layer that is written to.
func (c Chain) Top() Layer { return c[len(c)-1] }

// Check refuses what is no chain before a VMM opens it.
func (c Chain) Check() error {
	if len(c) == 0 || len(c) > MaxLayers {
		return fmt.Errorf("%d layers", len(c))
	}
	for at, layer := range c {
		if want := formatAt(at); layer.Format != want {
			return fmt.Errorf("%s is %q", layer.Path, layer.Format)
		}
		info, err := os.Lstat(layer.Path)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || info.Size() == 0 {
			return fmt.Errorf("%s is no disk image (%v, %d bytes)", layer.Path, info.Mode(), info.Size())
		}
		if layer.Format == Overlay {
			if err := checkOverlay(layer.Path); err != nil {
				return fmt.Errorf("%s: %w", layer.Path, err)
			}
		}
	}
	return nil
}

func formatAt(place int) Format {
	if place == 0 {
		return Raw
	}
	return Overlay
}

// write makes the chain the disk's at path. All its layers are in path's folder.
func (c Chain) write(path string) error {
	var made record
	for _, layer := range c {
		made.Layers = append(made.Layers, recordedLayer{filepath.Base(layer.Path), layer.Format})
	}
	return durable.WriteJSON(filepath.Join(filepath.Dir(path), recordName), 0o600, made)
}

// sweep removes files of earlier chains of the disk at path.
func (c Chain) sweep(path string) error {
	folder := filepath.Dir(path)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	listed := make(map[string]bool)
	for _, layer := range c {
		listed[filepath.Base(layer.Path)] = true
	}
	for _, entry := range entries {
		if name := entry.Name(); isLayerName(name, filepath.Base(path)) && !listed[name] {
			err = errors.Join(err, Remove(filepath.Join(folder, name)))
		}
	}
	return err
}

func isLayerName(name, first string) bool {
	return name == filepath.Base(name) && (name == first || strings.HasPrefix(name, layerPrefix))
}
