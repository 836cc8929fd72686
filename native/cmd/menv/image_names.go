package main

import (
	"path/filepath"
	"strings"

	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/reference"
)

// normalName is how the store knows what a user calls an image; empty for what is no name.
func normalName(given string) string {
	if isLocal(given) {
		return given
	}
	parsed, err := reference.Parse(given, hub())
	if err != nil {
		return ""
	}
	return parsed.String()
}

// isLocal tells what no registry knows by that name.
func isLocal(given string) bool { return filepath.IsAbs(given) || strings.HasPrefix(given, "builtin:") }

// findImages finds all that is named, or fails.
func findImages(store *imagestore.Store, job *imageJob) ([]imagestore.Target, error) {
	var targets []imagestore.Target
	for _, given := range job.args {
		target, err := store.Find(given, normalName(given), job.platform.String())
		if err != nil {
			return nil, err
		}
		targets = append(targets, *target)
	}
	return targets, nil
}
