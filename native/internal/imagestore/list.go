package imagestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// Entry is one image of the store.
type Entry struct {
	Image
	Platform   string
	Created    time.Time
	LastUsed   time.Time
	Layers     []Layer
	References []Reference
	Users      []User
}

// Names of the image, none if it only has its digest.
func (e *Entry) Names() []string { return namesOf(e.References) }

// List has all images, the last used first, and the records that cannot be read. Images that are
// being written are not there yet.
func (s *Store) List() ([]Entry, []Damage, error) {
	references, damaged, err := s.References()
	if err != nil {
		return nil, nil, err
	}
	named := make(map[string][]Reference)
	for _, reference := range references {
		digest := reference.Digest.String()
		named[digest] = append(named[digest], reference)
	}
	folder := filepath.Join(s.dir, imagesFolder)
	folders, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil, failure.Storage(failurev1.Code_CODE_STORE, folder, err)
	}
	var found []Entry
	for _, one := range folders {
		digest, err := v1.NewHash(imagesFolder + ":" + one.Name())
		if err != nil {
			continue
		}
		entry, err := s.entry(digest)
		switch {
		case err == nil:
			entry.References = named[entry.Digest]
			found = append(found, *entry)
		case !isAbsent(s.folder(digest)):
			damaged = append(damaged, Damage{Path: filepath.Join(s.folder(digest), recordFile), Cause: err.Error()})
		}
	}
	slices.SortFunc(found, func(a, b Entry) int {
		if order := b.LastUsed.Compare(a.LastUsed); order != 0 {
			return order
		}
		return strings.Compare(a.Digest, b.Digest)
	})
	return found, damaged, nil
}

// Entry is the image that a target means. One whose root file system was lost is not there.
func (s *Store) Entry(target Target) (*Entry, error) {
	entry, err := s.entry(target.Digest)
	if err != nil {
		return nil, failure.New(failurev1.Code_CODE_IMAGE_NOT_FOUND, target.Name, err)
	}
	references, _, err := s.References()
	if err != nil {
		return nil, err
	}
	for _, reference := range references {
		if reference.Digest == target.Digest {
			entry.References = append(entry.References, reference)
		}
	}
	return entry, nil
}

// entry lacks the references.
func (s *Store) entry(digest v1.Hash) (*Entry, error) {
	folder := s.folder(digest)
	info, err := os.Stat(filepath.Join(folder, recordFile))
	if err != nil {
		return nil, err
	}
	read, err := s.read(digest)
	if err != nil {
		return nil, err
	}
	using, err := users(folder)
	if err != nil {
		return nil, err
	}
	return &Entry{
		Image: read.Image, Platform: read.Platform, Created: read.Created, Layers: read.Layers,
		LastUsed: info.ModTime(), Users: using,
	}, nil
}

// isAbsent tells images that are not there, or not yet, from damaged ones.
func isAbsent(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, recordFile))
	return errors.Is(err, fs.ErrNotExist)
}
