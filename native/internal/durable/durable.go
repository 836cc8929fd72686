// Package durable publishes files so that a crash at any moment leaves the old state or the new.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// TempPattern is the name of unpublished files, for os.CreateTemp and for cleaning up after
// killed writers.
const TempPattern = ".tmp-*"

// WriteFile makes path from what write puts into an empty file beside it: written, synced,
// renamed, folder synced. On any failure nothing is left.
func WriteFile(path string, mode fs.FileMode, write func(*os.File) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), TempPattern)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(file.Name())))
		}
	}()
	if err := writeSynced(file, mode, write); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

func writeSynced(file *os.File, mode fs.FileMode, write func(*os.File) error) error {
	err := write(file)
	if err == nil {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// SyncDir makes names in a folder durable.
func SyncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
