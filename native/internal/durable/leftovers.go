package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Leftovers are the unpublished files and folders in a folder. Whether somebody still writes them is
// for the caller to know. A missing folder has none.
func Leftovers(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []string
	for _, entry := range entries {
		if IsTemporary(entry.Name()) {
			found = append(found, filepath.Join(folder, entry.Name()))
		}
	}
	return found, nil
}

// RemoveLeftovers is for whoever alone writes in the folder.
func RemoveLeftovers(folder string) error {
	found, err := Leftovers(folder)
	for _, path := range found {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

// RemoveAbandoned is for folders in which others may be writing now: what they write is younger.
func RemoveAbandoned(folder string) error {
	const abandoned = 10 * time.Minute
	found, err := Leftovers(folder)
	for _, path := range found {
		if info, statErr := os.Lstat(path); statErr == nil && time.Since(info.ModTime()) > abandoned {
			err = errors.Join(err, os.RemoveAll(path))
		}
	}
	return err
}

// IsTemporary tells the name of something unpublished.
func IsTemporary(name string) bool {
	matched, err := filepath.Match(TempPattern, name)
	return err == nil && matched
}
