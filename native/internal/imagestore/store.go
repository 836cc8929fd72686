// Package imagestore keeps one root file system per image digest.
//
//	<dir>/sha256/<hex>/lock        held while an image is written; never removed
//	<dir>/sha256/<hex>/root.erofs  the root file system
//	<dir>/sha256/<hex>/image.json  published last: an image is there when this file is
package imagestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
)

type Store struct{ dir string }

// Image is what starting a sandbox needs to know.
type Image struct {
	Digest   string `json:"digest"`
	RootDisk string `json:"rootDisk"` // absolute path; in image.json only a name
	Config   Config `json:"config"`
}

// Config is the part of an image's configuration that programs are run with.
type Config struct {
	Env          []string `json:"env"`
	Entrypoint   []string `json:"entrypoint"`
	Cmd          []string `json:"cmd"`
	WorkingDir   string   `json:"workingDir"`
	User         string   `json:"user"`
	ExposedPorts []string `json:"exposedPorts"`
}

const (
	recordFile = "image.json"
	rootFile   = "root.erofs"
	lockFile   = "lock"
)

// record is image.json. The size tells a file that was cut from outside.
type record struct {
	Image
	Size int64 `json:"size"`
}

func Open(dir string) (*Store, error) {
	absolute, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(filepath.Join(absolute, "sha256"), 0o700)
	}
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_STORE, dir, err)
	}
	return &Store{dir: absolute}, nil
}

// Lookup returns an image that is there, or nil.
func (s *Store) Lookup(digest v1.Hash) *Image {
	folder := s.folder(digest)
	data, err := os.ReadFile(filepath.Join(folder, recordFile))
	if err != nil {
		return nil
	}
	var found record
	if json.Unmarshal(data, &found) != nil || found.Digest != digest.String() || found.RootDisk != rootFile {
		return nil
	}
	found.RootDisk = filepath.Join(folder, rootFile)
	info, err := os.Stat(found.RootDisk)
	if err != nil || !info.Mode().IsRegular() || info.Size() != found.Size {
		return nil
	}
	return &found.Image
}

// Import returns the image of that digest, written by write if it is not there. Of all processes
// that import the same image one writes and the others wait for it.
func (s *Store) Import(ctx context.Context, digest v1.Hash, config Config, write func(*os.File) error) (*Image, error) {
	folder := s.folder(digest)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_STORE, folder, err)
	}
	unlock, err := flock.Lock(ctx, filepath.Join(folder, lockFile))
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_STORE, folder, err)
	}
	defer unlock()
	if found := s.Lookup(digest); found != nil {
		return found, nil
	}
	s.sweep()
	if err := removeTemporary(folder); err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_STORE, folder, err)
	}
	if err := publish(folder, digest, config, write); err != nil {
		return nil, err
	}
	if found := s.Lookup(digest); found != nil {
		return found, nil
	}
	return nil, failure.New(failurev1.Code_CODE_STORE, folder, errors.New("the image is gone"))
}

func publish(folder string, digest v1.Hash, config Config, write func(*os.File) error) error {
	var size int64
	err := durable.WriteFile(filepath.Join(folder, rootFile), 0o400, func(file *os.File) error {
		if err := write(file); err != nil {
			return err
		}
		info, err := file.Stat()
		if err == nil {
			size = info.Size()
		}
		return err
	})
	if err != nil {
		return storeFailure(folder, err)
	}
	data, err := json.Marshal(record{Image: Image{Digest: digest.String(), RootDisk: rootFile, Config: config}, Size: size})
	if err == nil {
		err = durable.WriteFile(filepath.Join(folder, recordFile), 0o600, func(file *os.File) error {
			_, err := file.Write(data)
			return err
		})
	}
	return storeFailure(folder, err)
}

// storeFailure leaves failures with a name, those of the image's source, as they are.
func storeFailure(path string, err error) error {
	if named, ok := errors.AsType[*failure.Error](err); err == nil || ok || errors.Is(err, context.Canceled) {
		if ok {
			return named
		}
		return err
	}
	return failure.Storage(failurev1.Code_CODE_STORE, path, err)
}

func (s *Store) folder(digest v1.Hash) string {
	return filepath.Join(s.dir, digest.Algorithm, digest.Hex)
}

func removeTemporary(folder string) error {
	leftovers, err := filepath.Glob(filepath.Join(escapeGlob(folder), durable.TempPattern))
	if err != nil {
		return fmt.Errorf("leftovers: %w", err)
	}
	for _, leftover := range leftovers {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
