package imagestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
)

// Place has the image's folder made in dir, on another disk perhaps; a link in the store remembers
// where. It changes nothing for an image that has a folder already, wherever that is.
func (s *Store) Place(digest v1.Hash, dir string) error {
	folder, target := s.folder(digest), filepath.Join(dir, digest.Algorithm+"-"+digest.Hex)
	if known, err := os.Readlink(folder); err == nil {
		target = known // whose disk may have been empty
	} else if _, err := os.Lstat(folder); err == nil {
		return nil
	}
	if err := os.MkdirAll(target, 0o700); err != nil {
		return storeFailure(target, err)
	}
	err := durable.SyncDir(filepath.Dir(target))
	if err == nil {
		err = os.Symlink(target, folder)
	}
	if err == nil {
		err = durable.SyncDir(filepath.Dir(folder))
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return storeFailure(folder, err)
}

// placeIsThere says which folder is missing when the disk is that an image was placed on.
func placeIsThere(folder string) error {
	target, err := os.Readlink(folder)
	if err != nil {
		return nil
	}
	if _, err := os.Stat(target); err != nil {
		return failure.New(failurev1.Code_CODE_STORE, target, err)
	}
	return nil
}

// removeFolder removes what was an image's folder with all that is in it, also where it was placed,
// unless an image is in that place again.
func (s *Store) removeFolder(folder string) error {
	if target, err := os.Readlink(folder); err == nil && !s.isPlace(target) {
		if err := os.RemoveAll(target); err != nil {
			return err
		}
	}
	return os.RemoveAll(folder)
}

func (s *Store) isPlace(target string) bool {
	digest, err := v1.NewHash(strings.Replace(filepath.Base(target), "-", ":", 1))
	if err != nil {
		return true // none that we have made
	}
	current, err := os.Readlink(s.folder(digest))
	return err == nil && current == target
}
