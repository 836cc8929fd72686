package imagearchive

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/delivery"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
)

func writeFile(path string, write func(*tarFile) error) error {
	return outputFailure(path, delivery.File(path, func(file *os.File) error {
		out := &tarFile{file: file, folders: make(map[string]bool)}
		if err := write(out); err != nil {
			return err
		}
		return out.finish()
	}))
}

// folder is a layout being written.
type folder struct{ path string }

func writeFolder(path string, write func(*folder) error) error {
	return outputFailure(path, delivery.Folder(path, func(made string) error { return write(&folder{path: made}) }))
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
