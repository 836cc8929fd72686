package snapshot

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/encoding/protojson"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/template"
)

// Draft is a snapshot that has no name yet.
type Draft struct {
	folder string // temporary
	target string
}

// Begin makes room for a snapshot that is to be at target, where nothing may be. Beside it only the
// sandbox's one supervisor makes snapshots: what a killed one left there goes.
func Begin(target string) (*Draft, error) {
	if _, err := os.Lstat(target); !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(os.ErrExist, err)
	}
	if err := durable.RemoveLeftovers(filepath.Dir(target)); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(target), durable.TempPattern)
	if err != nil {
		return nil, err
	}
	return &Draft{folder, target}, nil
}

// Discard removes what is not published; after Publish there is nothing to remove.
func (d *Draft) Discard() { _ = os.RemoveAll(d.folder) }

// Take copies what a paused guest consists of. All of it is in the host's cache then, and nothing on
// the disk yet: the guest waits for no disk.
func (d *Draft) Take(ctx context.Context, vm *qemu.VM, diskPath string) error {
	if err := vm.SaveDevices(ctx, filepath.Join(d.folder, template.StateName)); err != nil {
		return err
	}
	ram, err := d.create(template.RAMName)
	if err != nil {
		return err
	}
	if err := errors.Join(vm.CopyMemory(ctx, ram), ram.Close()); err != nil {
		return err
	}
	source, err := os.Open(diskPath)
	if err != nil {
		return err
	}
	defer source.Close()
	copied, err := d.create(diskName)
	if err != nil {
		return err
	}
	return errors.Join(disk.Copy(copied, source), copied.Close())
}

// Sync makes the copies durable; a snapshot that nobody uses later does without.
func (d *Draft) Sync() error {
	for _, name := range []string{template.RAMName, template.StateName, diskName} {
		if err := disk.Sync(filepath.Join(d.folder, name)); err != nil {
			return err
		}
	}
	return nil
}

// Publish gives the snapshot its name, which is durable then.
func (d *Draft) Publish(key string, info *machinev1.SnapshotInfo) error {
	if err := d.describe(key, info); err != nil {
		return err
	}
	if err := os.Rename(d.folder, d.target); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(d.target))
}

func (d *Draft) describe(key string, info *machinev1.SnapshotInfo) (err error) {
	m := &manifest{Key: key}
	if m.Frozen, err = template.Describe(d.folder); err != nil {
		return err
	}
	file, err := os.Stat(filepath.Join(d.folder, diskName))
	if err != nil {
		return err
	}
	m.Disk.Size, m.Disk.Modified = file.Size(), file.ModTime().UnixNano()
	info.Bytes = allocated(d.folder)
	if m.Info, err = protojson.Marshal(info); err != nil {
		return err
	}
	return m.write(filepath.Join(d.folder, manifestName))
}

func (d *Draft) create(name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(d.folder, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}
