package imagestore

import (
	"os"
	"path/filepath"
	"strings"

	"sandboxfile/native/internal/flock"
)

// sweep removes what killed writers of other images have left. Failures are nobody's concern
// here: the next writer of that image meets them under its own name.
func (s *Store) sweep() {
	folders, err := os.ReadDir(filepath.Join(s.dir, "sha256"))
	if err != nil {
		return
	}
	for _, entry := range folders {
		folder := filepath.Join(s.dir, "sha256", entry.Name())
		if unlock, err := flock.TryLock(filepath.Join(folder, lockFile)); err == nil {
			_ = removeTemporary(folder)
			unlock()
		}
	}
}

var globEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// escapeGlob makes a path match only itself.
func escapeGlob(path string) string { return globEscaper.Replace(path) }
