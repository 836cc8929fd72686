package template

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sandboxfile/native/internal/durable"
)

type use struct {
	key  string
	used time.Time
}

// byUse lists the templates, the one used last first.
func (s Store) byUse() ([]use, error) {
	entries, err := os.ReadDir(s.folder)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []use
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		// Without a manifest it is no template, and the oldest of all.
		var used time.Time
		if info, err := os.Stat(filepath.Join(s.folder, entry.Name(), manifestName)); err == nil {
			used = info.ModTime()
		}
		found = append(found, use{entry.Name(), used})
	}
	slices.SortFunc(found, func(a, b use) int { return b.used.Compare(a.used) })
	return found, nil
}

// sweep removes what killed makers and removers left. The caller has the makers' turn.
func (s Store) sweep() error {
	return durable.RemoveLeftovers(s.folder)
}
