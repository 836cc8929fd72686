package template

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"sandboxfile/native/internal/durable"
)

const (
	// maxTemplates are kept, those used last; each takes 50 to 100 MiB of disk.
	maxTemplates = 6
	// unused is how long a template is kept that nothing starts from.
	unused = 30 * 24 * time.Hour

	// A guest whose templates fail this often in a row boots for the next hours.
	maxFailures  = 3
	failurePause = 6 * time.Hour
	failedSuffix = ".failed"
)

// Store is the folder of a user's templates, one below it for each key.
type Store struct{ folder string }

// In is the store of this home. The home is the engine's to make; the store is made when needed.
func In(home string) Store { return Store{filepath.Join(home, "templates")} }

// Open verifies the template and opens it. ErrNone: there is none; any other error: it is broken.
func (s Store) Open(key string, clockKHz uint64) (*Template, error) {
	folder := filepath.Join(s.folder, key)
	if _, err := os.Stat(folder); isMissing(err) {
		return nil, ErrNone
	}
	return open(folder, clockKHz)
}

// Used notes that a sandbox has started from the template.
func (s Store) Used(key string) {
	now := time.Now()
	// A template that cannot be marked is forgotten too early, no more.
	_ = os.Chtimes(filepath.Join(s.folder, key, manifestName), now, now)
	_ = os.Remove(s.failures(key))
}

// Discard removes a template that has failed.
func (s Store) Discard(key string) error { return errors.Join(s.remove(key), s.blame(key)) }

// Promising tells whether a template is worth making: not when the last ones have all failed.
func (s Store) Promising(key string) bool {
	info, err := os.Stat(s.failures(key))
	return err != nil || time.Since(info.ModTime()) > failurePause || s.failed(key) < maxFailures
}

// Prune removes what nothing has started from for long, and the oldest of too many.
func (s Store) Prune() error {
	if err := s.sweepIfIdle(); err != nil {
		return err
	}
	return s.dropUnused()
}

func (s Store) dropUnused() error {
	keys, err := s.byUse()
	if err != nil {
		return err
	}
	var failed error
	for at, template := range keys {
		if at >= maxTemplates || time.Since(template.used) > unused {
			failed = errors.Join(failed, s.remove(template.key))
		}
	}
	return failed
}

// remove takes the template's name away before its files, so that nobody finds a part of it.
func (s Store) remove(key string) error {
	grave, err := os.MkdirTemp(s.folder, durable.TempPattern)
	if err != nil {
		return err
	}
	err = os.Rename(filepath.Join(s.folder, key), filepath.Join(grave, key))
	if isMissing(err) {
		err = nil // somebody else was first
	}
	return errors.Join(err, os.RemoveAll(grave))
}

func (s Store) failures(key string) string { return filepath.Join(s.folder, key+failedSuffix) }

func (s Store) failed(key string) int {
	data, err := os.ReadFile(s.failures(key))
	if err != nil {
		return 0
	}
	count, _ := strconv.Atoi(string(bytes.TrimSpace(data)))
	return count
}

// blame counts a failure.
func (s Store) blame(key string) error {
	return durable.WriteFile(s.failures(key), 0o600, func(file *os.File) error {
		_, err := fmt.Fprintln(file, s.failed(key)+1)
		return err
	})
}
