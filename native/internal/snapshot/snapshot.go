// Package snapshot keeps a running guest of one instant: its memory, its devices and its disk, or the
// disk alone. Any number of guests may go on from it, each with a disk of its own.
package snapshot

import (
	"errors"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/encoding/protojson"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/template"
)

// MaxDescription bounds a snapshot's description, in bytes.
const MaxDescription = 1 << 10

// Snapshot is a verified snapshot.
type Snapshot struct {
	Info     *machinev1.SnapshotInfo
	folder   string
	manifest *manifest
}

// Open reads and verifies what the snapshot in folder says, and its disk. It is to be of this user.
func Open(folder string, key Key) (*Snapshot, error) {
	m, err := read(filepath.Join(folder, manifestName), key)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Info: &machinev1.SnapshotInfo{}, folder: folder, manifest: m}
	if err := protojson.Unmarshal(m.Info, s.Info); err != nil {
		return nil, err
	}
	if s.Info.GetDiskOnly() != (m.Memory == nil) || (m.Memory == nil) != (m.Machine == nil) {
		return nil, errors.New("whether it has a memory is told in two ways")
	}
	return s, s.checkDisk()
}

// OpenMemory verifies memory and devices, for guests of this machine. An ErrOther is about the machine.
func (s *Snapshot) OpenMemory(machine *Machine) (*template.Template, error) {
	if s.manifest.Memory == nil {
		return nil, errors.New("it has no memory")
	}
	if err := s.manifest.Machine.fits(machine); err != nil {
		return nil, err
	}
	return s.manifest.Memory.Open(s.folder)
}

// RestoreDisk makes the disk at path one that goes on from the snapshot's.
func (s *Snapshot) RestoreDisk(path string) (disk.Chain, error) { return disk.Adopt(path, s.disk()) }

func (s *Snapshot) disk() disk.Chain {
	var chain disk.Chain
	for _, layer := range s.manifest.Disk {
		chain = append(chain, disk.Layer{Path: filepath.Join(s.folder, layer.Name), Format: layer.Format})
	}
	return chain
}

func (s *Snapshot) checkDisk() error {
	for _, layer := range s.manifest.Disk {
		if layer.Name != filepath.Base(layer.Name) {
			return errors.New(manifestName + " names a file elsewhere")
		}
		info, err := os.Lstat(filepath.Join(s.folder, layer.Name))
		if err != nil {
			return err
		}
		if info.Size() != layer.Size || info.ModTime().UnixNano() != layer.Modified {
			return errors.New("its disk has been changed")
		}
	}
	return s.disk().Check()
}
