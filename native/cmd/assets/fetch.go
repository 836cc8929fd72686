package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// fetched gives the file of that name pattern in the cache folder; when there is none, fetch leaves
// it in a folder of its own first: a killed download leaves no file that looks complete.
func fetched(cache, pattern string, fetch func(folder string) error) (string, error) {
	if cache == "" {
		return "", errors.New("--cache or --input is needed")
	}
	cache, err := filepath.Abs(cache)
	if err != nil {
		return "", err
	}
	if found, err := filepath.Glob(filepath.Join(cache, pattern)); err != nil || len(found) > 0 {
		return lastOf(found), err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	partial, err := os.MkdirTemp(cache, ".fetch-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(partial)
	if err := fetch(partial); err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(partial, pattern))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("no %s was fetched", pattern)
	}
	kept := filepath.Join(cache, filepath.Base(found[0]))
	return kept, os.Rename(found[0], kept)
}

func lastOf(found []string) string {
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}
