package imagearchive

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
)

// partialName is what is written under until it is whole: beside the target, and always the same, so
// that what a killed writer leaves is used up by the next.
func partialName(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".msb-partial")
}

func writeFile(path string, write func(*tarFile) error) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return outputFailure(path, errors.New("it exists and is no regular file"))
	}
	partial := partialName(path)
	file, err := claim(partial, func() (*os.File, error) { return os.OpenFile(partial, os.O_RDWR|os.O_CREATE, 0o600) })
	if err != nil {
		return outputFailure(path, err)
	}
	defer file.Close()
	if err = file.Truncate(0); err == nil {
		out := &tarFile{file: file, folders: make(map[string]bool)}
		if err = write(out); err == nil {
			err = out.finish()
		}
	}
	if err == nil {
		err = file.Sync()
	}
	return outputFailure(path, publish(partial, path, err))
}

// folder is a layout being written.
type folder struct{ path string }

func writeFolder(path string, write func(*folder) error) error {
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return outputFailure(path, errors.New("it exists and is no empty folder"))
	}
	partial := partialName(path)
	lock, err := claim(partial, func() (*os.File, error) {
		if err := os.Mkdir(partial, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		return os.Open(partial)
	})
	if err != nil {
		return outputFailure(path, err)
	}
	defer lock.Close()
	if err = removeContent(lock); err == nil {
		err = write(&folder{path: partial})
	}
	return outputFailure(path, publish(partial, path, err))
}

func (f *folder) add(name string, content io.Reader) error {
	path := filepath.Join(f.path, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return durable.WriteFile(path, 0o644, func(file *os.File) error {
		_, err := io.Copy(file, content)
		return err
	})
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

// outputFailure leaves failures with a name, those of the images, as they are.
func outputFailure(path string, err error) error {
	if named, ok := errors.AsType[*failure.Error](err); ok {
		return named
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return failure.Storage(failurev1.Code_CODE_OUTPUT, path, err)
}
