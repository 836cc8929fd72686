package imagestore

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
)

// Removal is what was taken away.
type Removal struct {
	References []string `json:"references"`
	Digests    []string `json:"digests"`
	Freed      int64    `json:"freed"` // bytes
}

// Remove forgets the references of all targets, and removes the images that have no other. A target
// that is a whole image goes with all its references. Either all can go or none does: an image that
// is used stays.
func (s *Store) Remove(ctx context.Context, targets []Target) (*Removal, error) {
	// While somebody adds something the blobs stay: they may be part of it.
	unlockStore, err := flock.TryLock(filepath.Join(s.dir, lockFile))
	if err == nil {
		defer unlockStore()
	} else if !errors.Is(err, flock.ErrHeld) {
		return nil, storeFailure(s.dir, err)
	}
	alone := err == nil
	images := asked(targets)
	unlock, err := s.lockImages(ctx, images)
	if err != nil {
		return nil, err
	}
	defer unlock()
	references, err := s.doomed(targets, images)
	if err != nil {
		return nil, err
	}
	for digest := range images {
		if err := s.refuseUsed(digest, targets); err != nil {
			return nil, err
		}
	}
	entries, _, err := s.List()
	if err != nil {
		return nil, err
	}
	removal, err := s.removeAll(ctx, references, images)
	if err == nil && alone {
		err = s.removeOwnBlobs(entries, removal)
	}
	if err != nil {
		return nil, err
	}
	return removal, nil
}

// asked are the images that targets lead to; true for those asked for as a whole.
func asked(targets []Target) map[v1.Hash]bool {
	images := make(map[v1.Hash]bool)
	for _, target := range targets {
		for _, reference := range target.References {
			images[reference.Digest] = images[reference.Digest] || target.Whole
		}
		if target.Whole {
			images[target.Digest] = true
		}
	}
	return images
}

func (s *Store) removeAll(ctx context.Context, references []Reference, images map[v1.Hash]bool) (*Removal, error) {
	removal := newRemoval()
	if err := s.dropReferences(ctx, references); err != nil {
		return nil, err
	}
	removal.References = append(removal.References, namesOf(references)...)
	for _, digest := range sorted(images) {
		freed, err := s.removeImage(digest)
		if err != nil {
			return nil, err
		}
		if freed > 0 { // else its references led nowhere
			removal.Digests = append(removal.Digests, digest.String())
			removal.Freed += freed
		}
	}
	return removal, storeFailure(s.dir, durable.SyncDir(filepath.Join(s.dir, imagesFolder)))
}

// removeOwnBlobs removes what removed images were made of, but no other. entries are from before.
func (s *Store) removeOwnBlobs(entries []Entry, removal *Removal) error {
	weights, err := s.weigh(entries)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if slices.Contains(removal.Digests, entry.Digest) {
			weights.drop(entry)
		}
	}
	return s.removeBlobs(weights, time.Time{}, removal)
}

// doomed gives the references that go, and leaves in images only those that go with them. It looks
// again, now that the images are locked.
func (s *Store) doomed(targets []Target, images map[v1.Hash]bool) ([]Reference, error) {
	all, _, err := s.References()
	if err != nil {
		return nil, err
	}
	var found []Reference
	var stay []v1.Hash
	for _, reference := range all {
		whole, exists := images[reference.Digest]
		switch {
		case whole || exists && isNamed(reference, targets):
			found = append(found, reference)
		case exists:
			stay = append(stay, reference.Digest)
		}
	}
	for _, digest := range stay {
		delete(images, digest)
	}
	return found, nil
}

func isNamed(reference Reference, targets []Target) bool {
	return slices.ContainsFunc(targets, func(target Target) bool {
		return slices.ContainsFunc(target.References, func(asked Reference) bool {
			return asked.Name == reference.Name && asked.Platform == reference.Platform
		})
	})
}

func (s *Store) refuseUsed(digest v1.Hash, targets []Target) error {
	using, err := users(s.folder(digest))
	if err != nil {
		return storeFailure(s.folder(digest), err)
	}
	if len(using) == 0 {
		return nil
	}
	subject := digest.String()
	for _, target := range targets {
		if target.Digest == digest {
			subject = target.Name
		}
	}
	return failure.New(failurev1.Code_CODE_IMAGE_IN_USE, subject, errors.New(describe(using)))
}

// describe names some users; there may be a thousand.
func describe(using []User) string {
	const shown = 10
	var names []string
	for _, user := range using[:min(len(using), shown)] {
		names = append(names, user.String())
	}
	if len(using) > shown {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// removeImage takes everything away at once, by one rename: what a kill leaves behind is garbage, not
// half an image. The caller has the image's lock, which goes with it.
func (s *Store) removeImage(digest v1.Hash) (freed int64, err error) {
	folder := s.folder(digest)
	gone := filepath.Join(s.dir, imagesFolder, strings.Replace(durable.TempPattern, "*", rand.Text(), 1))
	if err := os.Rename(folder, gone); err != nil {
		return 0, storeFailure(folder, err)
	}
	freed, err = removeFiles(gone, recordFile, rootFile)
	if err == nil {
		err = s.removeFolder(gone)
	}
	return freed, storeFailure(folder, err)
}

func removeFiles(folder string, names ...string) (freed int64, err error) {
	for _, name := range names {
		path := filepath.Join(folder, name)
		info, err := os.Lstat(path)
		if err == nil {
			err = os.Remove(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return freed, err
		}
		freed += info.Size()
	}
	return freed, nil
}

// lockImages goes by rising digest, so that two who remove the same images do not wait for each
// other.
func (s *Store) lockImages(ctx context.Context, images map[v1.Hash]bool) (unlock func(), err error) {
	var locks []func()
	unlock = func() {
		for _, one := range locks {
			one()
		}
	}
	for _, digest := range sorted(images) {
		one, err := s.lockImage(ctx, digest)
		if err != nil {
			unlock()
			return nil, err
		}
		locks = append(locks, one)
	}
	return unlock, nil
}

func sorted(images map[v1.Hash]bool) []v1.Hash {
	var digests []v1.Hash
	for digest := range images {
		digests = append(digests, digest)
	}
	slices.SortFunc(digests, func(a, b v1.Hash) int { return strings.Compare(a.Hex, b.Hex) })
	return digests
}
