// Package disk makes a sandbox's own disk: a sparse copy of the prepared empty file system.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
)

// Ensure makes path from the empty disk unless it exists. It appears as a whole or not at all.
// The caller owns the folder: temp files in it are a killed owner's.
func Ensure(empty, path string) error {
	info, err := os.Stat(path)
	if err == nil {
		if !info.Mode().IsRegular() || info.Size() == 0 {
			return failure.New(failurev1.Code_CODE_DISK, path, fmt.Errorf("not a disk image (%v, %d bytes)", info.Mode(), info.Size()))
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return failure.New(failurev1.Code_CODE_DISK, path, err)
	}
	source, err := os.Open(empty)
	if err != nil {
		return failure.Asset(empty, err)
	}
	defer source.Close()
	if err := removeLeftovers(filepath.Dir(path)); err != nil {
		return failure.Storage(failurev1.Code_CODE_DISK, path, err)
	}
	err = durable.WriteFile(path, 0o600, func(target *os.File) error { return Copy(target, source) })
	if err != nil {
		return failure.Storage(failurev1.Code_CODE_DISK, path, err)
	}
	return nil
}

// Sync makes what a killed VMM wrote durable.
func Sync(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// Remove deletes an ephemeral disk.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func removeLeftovers(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return durable.RemoveLeftovers(folder)
}
