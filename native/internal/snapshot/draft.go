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
	"sandboxfile/native/internal/flock"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/template"
)

// Draft is a snapshot that has no name yet.
type Draft struct {
	folder   string // temporary
	target   string
	unlock   func()
	manifest manifest
	layers   disk.Chain
	rest     func(context.Context) error // of the memory
}

const (
	// draftLock is held by whoever writes a draft.
	draftLock   = "lock"
	draftTrials = 5
)

// Begin makes room for a snapshot that is to be at target, where nothing may be. What killed writers
// left beside it goes.
func Begin(target string) (*Draft, error) {
	if _, err := os.Lstat(target); !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(os.ErrExist, err)
	}
	parent := filepath.Dir(target)
	if err := Sweep(parent); err != nil {
		return nil, err
	}
	for trial := 1; ; trial++ {
		folder, err := os.MkdirTemp(parent, durable.TempPattern)
		if err != nil {
			return nil, err
		}
		unlock, err := flock.TryLock(filepath.Join(folder, draftLock))
		if err == nil {
			return &Draft{folder: folder, target: target, unlock: unlock}, nil
		}
		// A sweeper may come between the two.
		if trial == draftTrials {
			return nil, errors.Join(err, os.RemoveAll(folder))
		}
	}
}

// Sweep removes drafts that nobody writes any more, and what is half deleted.
func Sweep(folder string) error {
	left, err := durable.Leftovers(folder)
	for _, path := range left {
		unlock, failed := flock.TryLock(filepath.Join(path, draftLock))
		if failed == nil {
			err = errors.Join(err, os.RemoveAll(path))
			unlock()
		}
	}
	return err
}

// Discard removes what is not published; after Publish there is nothing to remove.
func (d *Draft) Discard() {
	_ = os.RemoveAll(d.folder)
	d.unlock()
}

// Take copies devices and memory of a paused guest, as far as they change when it goes on. Nothing is
// on the disk yet: the guest waits for no disk.
func (d *Draft) Take(ctx context.Context, vm *qemu.VM) error {
	if err := vm.SaveDevices(ctx, filepath.Join(d.folder, template.StateName)); err != nil {
		return err
	}
	ram, err := d.create(template.RAMName)
	if err != nil {
		return err
	}
	rest, err := vm.CopyMemory(ctx, ram)
	if err != nil {
		return errors.Join(err, ram.Close())
	}
	d.rest = func(ctx context.Context) error { return errors.Join(rest(ctx), ram.Close()) }
	return nil
}

// CopyDisk copies the disk of a paused guest that goes on writing to the same files.
func (d *Draft) CopyDisk(ctx context.Context, chain disk.Chain) (disk.Chain, error) {
	return disk.Copy(ctx, d.folder, chain)
}

// Complete gets what the guest need not wait for: the rest of its memory, if it was taken, which fits
// machine, and the disk, whose layers do not change any more.
func (d *Draft) Complete(ctx context.Context, machine *Machine, layers disk.Chain) (err error) {
	if d.rest != nil {
		if err := d.rest(ctx); err != nil {
			return err
		}
		memory, err := template.Describe(d.folder)
		if err != nil {
			return err
		}
		d.manifest.Memory, d.manifest.Machine = &memory, machine
	}
	if d.layers, err = disk.Link(d.folder, layers); err != nil {
		return err
	}
	d.manifest.Disk, err = describeDisk(d.layers)
	return err
}

// Keep makes the copies durable and usable on other hosts; a snapshot that nobody uses later does
// without.
func (d *Draft) Keep() error {
	var paths []string
	if d.manifest.Memory != nil {
		paths = append(paths, filepath.Join(d.folder, template.RAMName), filepath.Join(d.folder, template.StateName))
		if err := d.manifest.Machine.digest(); err != nil {
			return err
		}
	}
	for _, layer := range d.layers {
		paths = append(paths, layer.Path)
	}
	for _, path := range paths {
		if err := disk.Sync(path); err != nil {
			return err
		}
	}
	return nil
}

// Publish gives the snapshot its name, which is durable then.
func (d *Draft) Publish(info *machinev1.SnapshotInfo, key Key) (err error) {
	if d.manifest.Info, err = protojson.Marshal(info); err != nil {
		return err
	}
	if err := d.manifest.write(filepath.Join(d.folder, manifestName), key); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(d.folder, draftLock)); err != nil {
		return err
	}
	if err := os.Rename(d.folder, d.target); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(d.target))
}

func (d *Draft) create(name string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(d.folder, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil || name != template.RAMName {
		return file, err
	}
	if err := file.Chmod(template.RAMMode); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (d *Draft) put(name string, data []byte) error {
	file, err := d.create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
