package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/template"
)

const (
	manifestName = "snapshot.json"
	// maxManifest bounds the manifest; the launch record in it has up to 1 MiB, scripts as much.
	maxManifest = 8 << 20
)

// manifest is written last: a folder with one is whole.
type manifest struct {
	Info json.RawMessage `json:"info"`
	// Memory and Machine, which it fits, are absent when there is only a disk.
	Memory  *template.Frozen `json:"memory,omitempty"`
	Machine *Machine         `json:"machine,omitempty"`
	// Disk has the layers, the lowest first.
	Disk []layer `json:"disk"`
	// Sum is the SHA-256 of everything above.
	Sum string `json:"sum,omitempty"`
}

type layer struct {
	Name     string      `json:"name"`
	Format   disk.Format `json:"format"`
	Size     int64       `json:"size"`
	Modified int64       `json:"modified"` // Unix nanoseconds
}

func describeDisk(chain disk.Chain) ([]layer, error) {
	var layers []layer
	for _, each := range chain {
		info, err := os.Lstat(each.Path)
		if err != nil {
			return nil, err
		}
		layers = append(layers, layer{filepath.Base(each.Path), each.Format, info.Size(), info.ModTime().UnixNano()})
	}
	return layers, nil
}

func read(path string) (*manifest, error) {
	data, err := durable.ReadFile(path, maxManifest)
	if err != nil {
		return nil, err
	}
	m := &manifest{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	if said, is := m.Sum, m.sum(); said != is {
		return nil, errors.New(manifestName + " has been changed")
	}
	return m, nil
}

func (m *manifest) write(path string) error {
	m.Sum = m.sum()
	return durable.WriteJSON(path, 0o600, m)
}

func (m *manifest) sum() string {
	bare := *m
	bare.Sum = ""
	data, err := json.Marshal(bare)
	if err != nil {
		return ""
	}
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}
