package imagestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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
			_ = removeTemporary(folder)
			unlock()
		}
	}
}

func hasTemporary(folder string) bool {
	leftovers, err := temporaries(folder)
	return err == nil && len(leftovers) > 0
}

func removeTemporary(folder string) error {
	leftovers, err := temporaries(folder)
	if err != nil {
		return fmt.Errorf("leftovers: %w", err)
	}
	for _, leftover := range leftovers {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func temporaries(folder string) ([]string, error) {
	return filepath.Glob(filepath.Join(escapeGlob(folder), durable.TempPattern))
}

func isTemporary(path string) bool {
	matched, err := filepath.Match(durable.TempPattern, filepath.Base(path))
	return err == nil && matched
}

var globEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// escapeGlob makes a path match only itself.
func escapeGlob(path string) string { return globEscaper.Replace(path) }
