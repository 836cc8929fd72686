package blobs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
)

// Sweep removes what writers have left that nobody has gone on with since before, and tells how much
// it was. What is being written stays.
func (s *Store) Sweep(before time.Time) (freed int64, err error) {
	folder := filepath.Join(s.dir, "partial")
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		info, err := os.Lstat(path)
		if err == nil && info.ModTime().Before(before) {
			if err = removeUnlocked(path); err == nil {
				freed += info.Size()
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, flock.ErrHeld) {
			return freed, failure.Storage(failurev1.Code_CODE_STORE, path, err)
		}
	}
	if err != nil {
		return freed, failure.Storage(failurev1.Code_CODE_STORE, folder, err)
	}
	return freed, nil
}

// Since tells when a blob came; the zero time if it is not there.
func (s *Store) Since(digest v1.Hash) time.Time {
	info, err := os.Lstat(s.path(digest))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

func removeUnlocked(path string) error {
	unlock, err := flock.TryNamed(path)
	if err != nil {
		return err
	}
	defer unlock()
	return os.Remove(path)
}
