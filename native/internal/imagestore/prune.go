package imagestore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
)

const (
	// startTime is how long after its last use an image is left alone by Trim: whoever has just been
	// given it may be about to run it.
	startTime = 10 * time.Minute
	// resumeTime is how long what an interrupted pull has brought is kept for the next.
	resumeTime = 24 * time.Hour
)

// Prune removes what no reference leads to, and then the least recently used images until all
// together have at most keep bytes. What is used stays. It waits for those who add something.
func (s *Store) Prune(ctx context.Context, keep int64) (*Removal, error) {
	unlock, err := flock.Lock(ctx, filepath.Join(s.dir, lockFile))
	if err != nil {
		return nil, storeFailure(s.dir, err)
	}
	defer unlock()
	now := time.Now()
	return s.collect(ctx, collection{keep: keep, images: now, blobs: now})
}

// Trim is Prune after this process has added an image: it leaves the latest images alone, and
// everything while somebody else adds something, who will trim then.
func (s *Store) Trim(ctx context.Context, keep int64) (*Removal, error) {
	if !s.grown.Load() {
		return newRemoval(), nil
	}
	unlock, err := flock.TryLock(filepath.Join(s.dir, lockFile))
	if errors.Is(err, flock.ErrHeld) {
		return newRemoval(), nil
	}
	if err != nil {
		return nil, storeFailure(s.dir, err)
	}
	defer unlock()
	now := time.Now()
	return s.collect(ctx, collection{keep: keep, images: now.Add(-startTime), blobs: now.Add(-resumeTime)})
}

// collection says what may be removed.
type collection struct {
	keep   int64
	images time.Time // last used before
	blobs  time.Time // of no image, and here since before
}

// collect has the store's lock from its caller.
func (s *Store) collect(ctx context.Context, may collection) (*Removal, error) {
	entries, damaged, err := s.List()
	if err != nil {
		return nil, err
	}
	removal := newRemoval()
	if err := s.removeDebris(ctx, damaged, entries, removal); err != nil {
		return nil, err
	}
	weights, err := s.weigh(entries)
	if err != nil {
		return nil, err
	}
	slices.Reverse(entries) // the least recently used first
	for _, unnamed := range []bool{true, false} {
		for _, entry := range entries {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if unnamed != (len(entry.References) == 0) || !unnamed && weights.total <= may.keep {
				continue
			}
			gone, err := s.evict(ctx, entry, may.images, removal)
			if err != nil {
				return nil, err
			}
			if gone {
				weights.drop(entry)
			}
		}
	}
	if err := s.removeBlobs(weights, may.blobs, removal); err != nil {
		return nil, err
	}
	freed, err := s.blobs.Sweep(may.blobs)
	if err != nil {
		return nil, err
	}
	removal.Freed += freed
	return removal, nil
}

// evict removes an image unless somebody uses it, or has it locked and so will. The references go
// first: an image without any is garbage, a reference without its image is a lie.
func (s *Store) evict(ctx context.Context, entry Entry, before time.Time, removal *Removal) (gone bool, err error) {
	digest, err := v1.NewHash(entry.Digest)
	if err != nil {
		return false, err
	}
	folder := s.folder(digest)
	unlock, err := flock.TryNamed(filepath.Join(folder, lockFile))
	if isTaken(err) {
		return false, nil
	}
	if err != nil {
		return false, storeFailure(folder, err)
	}
	defer unlock()
	now, err := s.entry(digest)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || len(now.Users) > 0 || !now.LastUsed.Before(before) {
		return false, storeFailure(folder, err)
	}
	if err := s.dropReferences(ctx, entry.References); err != nil {
		return false, err
	}
	freed, err := s.removeImage(digest)
	if err != nil {
		return false, err
	}
	removal.References = append(removal.References, entry.Names()...)
	removal.Digests = append(removal.Digests, entry.Digest)
	removal.Freed += freed
	return true, nil
}

// removeDebris removes records that cannot be read and what killed writers and removers have left.
func (s *Store) removeDebris(ctx context.Context, damaged []Damage, entries []Entry, removal *Removal) error {
	whole := make(map[string]bool)
	for _, entry := range entries {
		whole[filepath.Dir(entry.RootDisk)] = true
	}
	if err := durable.RemoveLeftovers(s.dir); err != nil {
		return storeFailure(s.dir, err)
	}
	if err := s.removeDamagedReferences(ctx, damaged); err != nil {
		return err
	}
	images := filepath.Join(s.dir, imagesFolder)
	folders, err := os.ReadDir(images)
	if err != nil {
		return failure.Storage(failurev1.Code_CODE_STORE, images, err)
	}
	for _, one := range folders {
		if durable.IsTemporary(one.Name()) { // of a killed removal
			if err := s.removeFolder(filepath.Join(images, one.Name())); err != nil {
				return storeFailure(images, err)
			}
			continue
		}
		digest, err := v1.NewHash(imagesFolder + ":" + one.Name())
		if err != nil || whole[s.folder(digest)] {
			continue
		}
		freed, err := s.removeWreck(digest)
		if err != nil {
			return err
		}
		removal.Freed += freed
	}
	return durable.SyncDir(images)
}

func (s *Store) removeDamagedReferences(ctx context.Context, damaged []Damage) error {
	folder := filepath.Join(s.dir, refsFolder)
	return s.changeReferences(ctx, func() error {
		for _, record := range damaged {
			if filepath.Dir(record.Path) != folder {
				continue
			}
			// It may have been written anew since.
			if _, err := readReference(record.Path); err == nil {
				continue
			}
			if _, err := removeFiles(folder, filepath.Base(record.Path)); err != nil {
				return err
			}
		}
		return nil
	})
}

// removeWreck removes an image that is not there as a whole, unless somebody still runs it.
func (s *Store) removeWreck(digest v1.Hash) (freed int64, err error) {
	folder := s.folder(digest)
	unlock, err := flock.TryNamed(filepath.Join(folder, lockFile))
	if isTaken(err) {
		return 0, nil
	}
	if err != nil {
		return 0, storeFailure(folder, err)
	}
	defer unlock()
	if using, err := users(folder); err != nil || len(using) > 0 {
		return 0, storeFailure(folder, err)
	}
	return s.removeImage(digest)
}

// isTaken tells that somebody else writes, removes or has just removed the image.
func isTaken(err error) bool { return errors.Is(err, flock.ErrHeld) || errors.Is(err, fs.ErrNotExist) }

func newRemoval() *Removal { return &Removal{References: []string{}, Digests: []string{}} }
