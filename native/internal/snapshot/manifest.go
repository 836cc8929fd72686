package snapshot

import (
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
	// MAC is that of everything above, by the key of the user whose snapshot it is. A folder that came with
	// a project, from whoever, has none: its memory would be loaded, and the files it names used.
	MAC string `json:"mac,omitempty"`
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

func read(path string, key Key) (*manifest, error) {
	data, err := durable.ReadFile(path, maxManifest)
	if err != nil {
		return nil, err
	}
	m := &manifest{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	if said, is := m.MAC, m.mac(key); said != is {
		return nil, errors.New(manifestName + " has been changed, or is not this user's")
	}
	return m, nil
}

func (m *manifest) write(path string, key Key) error {
	m.MAC = m.mac(key)
	return durable.WriteJSON(path, 0o600, m)
}

func (m *manifest) mac(key Key) string {
	bare := *m
	bare.MAC = ""
	data, err := json.Marshal(bare)
	if err != nil {
		return ""
	}
	return key.mac(data)
}
