// Package imagestore keeps one root file system per image digest, and the names of images.
//
//	<dir>/lock                     shared while something is added, exclusive while garbage is collected
//	<dir>/sha256/<hex>             may be a link, see Place
//	<dir>/sha256/<hex>/lock        held while the image is written or removed
//	<dir>/sha256/<hex>/root.erofs  the root file system
//	<dir>/sha256/<hex>/image.json  published last: an image is there when this file is. Its time of
//	                               modification is the image's last use
//	<dir>/sha256/<hex>/used/<key>  who runs it, locked for as long as that is so
//	<dir>/refs/<hash>.json         one name, for one platform
//	<dir>/refs/lock                held while names are changed
//	<dir>/blobs/                   what images were made of, see package blobs
//
// Lock order: lock, sha256/<hex>/lock by rising digest, refs/lock.
package imagestore

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
)

type Store struct {
	dir   string
	blobs *blobs.Store
	grown atomic.Bool
}

const (
	imagesFolder = "sha256"
	recordFile   = "image.json"
	rootFile     = "root.erofs"
	lockFile     = "lock"
)

func Open(dir string) (*Store, error) {
	absolute, err := filepath.Abs(dir)
	for _, folder := range []string{imagesFolder, refsFolder} {
		if err == nil {
			err = os.MkdirAll(filepath.Join(absolute, folder), 0o700)
		}
	}
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_STORE, dir, err)
	}
	kept, err := blobs.Open(filepath.Join(absolute, "blobs"))
	if err != nil {
		return nil, err
	}
	return &Store{dir: absolute, blobs: kept}, nil
}

// Blobs is what images were made of, kept to send them on and to make others from.
func (s *Store) Blobs() *blobs.Store { return s.blobs }

// Adding keeps the collector of garbage away until done is called: from before the first blob or
// image of something new until a reference leads to it.
func (s *Store) Adding(ctx context.Context) (done func(), err error) {
	done, err = flock.Shared(ctx, filepath.Join(s.dir, lockFile))
	return done, storeFailure(s.dir, err)
}

// Scratch is an empty file of the store's file system that has no name and goes with its last
// descriptor. The caller is Adding.
func (s *Store) Scratch() (*os.File, error) {
	file, err := os.CreateTemp(s.dir, durable.TempPattern)
	if err != nil {
		return nil, storeFailure(s.dir, err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, storeFailure(s.dir, errors.Join(err, file.Close()))
	}
	return file, nil
}

// Lookup returns an image that is there, or nil, and notes its use.
func (s *Store) Lookup(digest v1.Hash) *Image {
	found, err := s.read(digest)
	if err != nil {
		return nil
	}
	touch(s.folder(digest))
	return &found.Image
}

// Import returns the image of that digest, written by write if it is not there. Of all processes
// that import the same image one writes and the others wait for it.
func (s *Store) Import(ctx context.Context, digest v1.Hash, what Description, write func(*os.File) error) (*Image, error) {
	unlock, err := s.lockImage(ctx, digest)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if found := s.Lookup(digest); found != nil {
		return found, nil
	}
	s.sweep()
	folder := s.folder(digest)
	if err := durable.RemoveLeftovers(folder); err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_STORE, folder, err)
	}
	if err := publish(folder, digest, what, write); err != nil {
		return nil, err
	}
	s.grown.Store(true)
	if found := s.Lookup(digest); found != nil {
		return found, nil
	}
	return nil, failure.New(failurev1.Code_CODE_STORE, folder, errors.New("the image is gone"))
}

// touch notes that an image is used now. A note that cannot be made costs the image its place in
// the order of removal, nothing else.
func touch(folder string) { _ = chtimes(folder, time.Now()) }

func chtimes(folder string, at time.Time) error {
	return os.Chtimes(filepath.Join(folder, recordFile), at, at)
}

// lockImage makes the image's folder: a removal takes it away with its lock.
func (s *Store) lockImage(ctx context.Context, digest v1.Hash) (unlock func(), err error) {
	folder := s.folder(digest)
	for {
		if err := placeIsThere(folder); err != nil {
			return nil, err
		}
		err := os.MkdirAll(folder, 0o700)
		if err == nil {
			unlock, err = flock.Named(ctx, filepath.Join(folder, lockFile))
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return unlock, storeFailure(folder, err)
		}
	}
}

func publish(folder string, digest v1.Hash, what Description, write func(*os.File) error) error {
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
	if err == nil {
		image := Image{Digest: digest.String(), RootDisk: rootFile, Config: what.Config, Size: size}
		err = writeJSON(filepath.Join(folder, recordFile), record{
			Image: image, Platform: what.Platform, Created: what.Created, Layers: what.Layers,
		})
	}
	if err == nil {
		// The folder itself may be new.
		err = durable.SyncDir(filepath.Dir(folder))
	}
	return storeFailure(folder, err)
}

func writeJSON(path string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return durable.WriteFile(path, 0o600, func(file *os.File) error {
		_, err := file.Write(data)
		return err
	})
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
