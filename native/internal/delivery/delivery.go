// Package delivery writes files and folders where users want them. Until one is whole it is beside its target, under
// a name that is always the same: what a killed writer leaves there is used up by the next, and nothing else is touched.
package delivery

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/flock"
)

// File makes path of what write puts into an empty file, or changes nothing. It replaces a file, once all of
// the new one is durable.
func File(path string, write func(*os.File) error) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return errors.New("it exists and is no regular file")
	}
	partial := partialName(path)
	file, err := claim(partial, func() (*os.File, error) { return os.OpenFile(partial, os.O_RDWR|os.O_CREATE, 0o600) })
	if err != nil {
		return err
	}
	defer file.Close()
	if err = file.Truncate(0); err == nil {
		err = write(file)
	}
	if err == nil {
		err = file.Sync()
	}
	return publish(partial, path, err)
}

// Folder makes path, where nothing but an empty folder may be, of what write puts into an empty one. What
// write makes there is durable when it returns.
func Folder(path string, write func(folder string) error) error {
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.New("it exists and is no empty folder")
	}
	partial := partialName(path)
	lock, err := claim(partial, func() (*os.File, error) {
		if err := os.Mkdir(partial, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		return os.Open(partial)
	})
	if err != nil {
		return err
	}
	defer lock.Close()
	if err = removeContent(lock); err == nil {
		err = write(partial)
	}
	return publish(partial, path, err)
}

func partialName(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".msb-partial")
}

// claim opens what is written under, for one writer at a time: publishing moves it away.
func claim(partial string, open func() (*os.File, error)) (*os.File, error) {
	for {
		file, err := open()
		if err != nil {
			return nil, err
		}
		err = flock.TryExclusive(file)
		if errors.Is(err, flock.ErrHeld) {
			err = errors.New("another process is writing it")
		}
		var own bool
		if err == nil {
			own, err = flock.IsNamed(file, partial)
		}
		if own {
			return file, nil
		}
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
	}
}

func removeContent(dir *os.File) error {
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		if err == nil {
			err = os.RemoveAll(filepath.Join(dir.Name(), name))
		}
	}
	return err
}

// publish gives what was written its name, or removes it when writing failed.
func publish(partial, path string, err error) error {
	if err == nil {
		err = os.Rename(partial, path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	return durable.SyncDir(filepath.Dir(path))
}
