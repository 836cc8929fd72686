// Package snapshot keeps a running guest of one instant: its memory, its devices and its disk. Any
// number of guests may go on from it, each with a disk of its own.
package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"google.golang.org/protobuf/encoding/protojson"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/template"
)

const (
	diskName     = "disk.img"
	manifestName = "snapshot.json"
	// maxManifest bounds the manifest; the launch record in it has up to 1 MiB.
	maxManifest = 4 << 20
)

// manifest is written last: a folder with one is whole.
type manifest struct {
	// Key is that of the template which the guest could have come from: the same VMM, kernel and agent.
	Key  string          `json:"key"`
	Info json.RawMessage `json:"info"`
	template.Frozen
	Disk struct {
		Size     int64 `json:"size"`
		Modified int64 `json:"modified"` // Unix nanoseconds
	} `json:"disk"`
	// Sum is the SHA-256 of everything above.
	Sum string `json:"sum,omitempty"`
}

// Snapshot is a verified snapshot.
type Snapshot struct {
	*template.Template
	Info *machinev1.SnapshotInfo
	disk *os.File
}

// Open verifies the snapshot in folder for guests of this key.
func Open(folder, key string) (*Snapshot, error) {
	m, err := read(filepath.Join(folder, manifestName))
	if err != nil {
		return nil, err
	}
	if m.Key != key {
		return nil, errors.New("it was made with another QEMU, kernel or agent")
	}
	s := &Snapshot{Info: &machinev1.SnapshotInfo{}}
	if err := protojson.Unmarshal(m.Info, s.Info); err != nil {
		return nil, err
	}
	if s.Template, err = m.Frozen.Open(folder); err != nil {
		return nil, err
	}
	if err := s.openDisk(folder, m); err != nil {
		s.Template.Close()
		return nil, err
	}
	return s, nil
}

// Close closes the files; guests that have started keep them.
func (s *Snapshot) Close() {
	s.Template.Close()
	s.disk.Close()
}

// RestoreDisk replaces the disk at path by the snapshot's.
func (s *Snapshot) RestoreDisk(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return durable.WriteFile(path, 0o600, func(file *os.File) error { return disk.Copy(file, s.disk) })
}

func (s *Snapshot) openDisk(folder string, m *manifest) (err error) {
	if s.disk, err = os.Open(filepath.Join(folder, diskName)); err != nil {
		return err
	}
	info, err := s.disk.Stat()
	if err == nil && (info.Size() != m.Disk.Size || info.ModTime().UnixNano() != m.Disk.Modified) {
		err = errors.New("its disk has been changed")
	}
	if err != nil {
		s.disk.Close()
	}
	return err
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
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return durable.WriteFile(path, 0o600, func(file *os.File) error {
		_, err := file.Write(append(data, '\n'))
		return err
	})
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

// allocated is what the files take of the disk.
func allocated(folder string) (total uint64) {
	const blockSize = 512 // the unit of st_blocks, whatever the file system's
	for _, name := range []string{template.RAMName, template.StateName, diskName} {
		var stat syscall.Stat_t
		if syscall.Stat(filepath.Join(folder, name), &stat) == nil {
			total += uint64(stat.Blocks) * blockSize
		}
	}
	return total
}
