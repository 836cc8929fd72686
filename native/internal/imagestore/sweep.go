package imagestore

import (
	"os"
	"path/filepath"

	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/flock"
)

// sweep removes what killed writers of other images have left. Failures are nobody's concern
// here: the next writer of that image meets them under its own name.
func (s *Store) sweep() {
	folders, err := os.ReadDir(filepath.Join(s.dir, imagesFolder))
	if err != nil {
		return
	}
	for _, entry := range folders {
		folder := filepath.Join(s.dir, imagesFolder, entry.Name())
		if !hasTemporary(folder) {
			continue
		}
		if unlock, err := flock.TryNamed(filepath.Join(folder, lockFile)); err == nil {
			_ = durable.RemoveLeftovers(folder)
			unlock()
		}
	}
}

func hasTemporary(folder string) bool {
	leftovers, err := durable.Leftovers(folder)
	return err == nil && len(leftovers) > 0
}
