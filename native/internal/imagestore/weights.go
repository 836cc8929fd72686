package imagestore

import (
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// weights is what the store's files come to. A blob weighs once, whichever images share it.
type weights struct {
	total int64
	size  map[v1.Hash]int64 // of each blob that is there
	uses  map[v1.Hash]int   // number of images that a blob is part of
	parts map[string][]v1.Hash
}

func (s *Store) weigh(entries []Entry) (*weights, error) {
	w := &weights{size: make(map[v1.Hash]int64), uses: make(map[v1.Hash]int), parts: make(map[string][]v1.Hash)}
	all, err := s.blobs.List()
	if err != nil {
		return nil, err
	}
	for _, blob := range all {
		if size, exists := s.blobs.Size(blob); exists {
			w.size[blob] = size
			w.total += size
		}
	}
	for _, entry := range entries {
		w.total += entry.Size
		w.parts[entry.Digest] = s.parts(entry)
		for _, blob := range w.parts[entry.Digest] {
			w.uses[blob]++
		}
	}
	return w, nil
}

// drop takes an image's file and the blobs that no other image has off the total.
func (w *weights) drop(entry Entry) {
	w.total -= entry.Size
	for _, blob := range w.parts[entry.Digest] {
		if w.uses[blob]--; w.uses[blob] == 0 {
			w.total -= w.size[blob]
		}
	}
}

// parts are the blobs that an image may be made of: its manifest, the index it was chosen from, its
// configuration and layers. Not all need to be there.
func (s *Store) parts(entry Entry) []v1.Hash {
	found := make(map[v1.Hash]bool)
	for _, reference := range entry.References {
		found[reference.Index] = true
	}
	for _, layer := range entry.Layers {
		if digest, err := v1.NewHash(layer.Digest); err == nil {
			found[digest] = true
		}
	}
	digest, err := v1.NewHash(entry.Digest)
	if err == nil {
		found[digest] = true
		if _, manifest, err := s.blobs.Manifest(digest); err == nil {
			found[manifest.Config.Digest] = true
			for _, layer := range manifest.Layers {
				found[layer.Digest] = true
			}
		}
	}
	return sorted(found)
}

// KeptSize is the size of an image's layers that are kept, those it shares included.
func (s *Store) KeptSize(entry Entry) (total int64) {
	for _, layer := range entry.Layers {
		if digest, err := v1.NewHash(layer.Digest); err == nil {
			if size, exists := s.blobs.Size(digest); exists {
				total += size
			}
		}
	}
	return total
}

// removeBlobs removes the blobs of dropped images that no other has, and those that never became
// part of one and came before the given time.
func (s *Store) removeBlobs(w *weights, before time.Time, removal *Removal) error {
	for blob, size := range w.size {
		uses, dropped := w.uses[blob]
		if uses > 0 || !dropped && !s.blobs.Since(blob).Before(before) {
			continue
		}
		if err := s.blobs.Remove(blob); err != nil {
			return err
		}
		removal.Freed += size
	}
	return nil
}
