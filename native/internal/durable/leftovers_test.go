package durable

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestRemoveLeftovers(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a[b]*") // a pattern to those who match paths
	for _, path := range []string{".tmp-1", ".tmp-folder/file", "kept"} {
		full := filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveLeftovers(folder); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 || entries[0].Name() != "kept" {
		t.Errorf("left are %v, %v", entries, err)
	}
	if err := RemoveLeftovers(filepath.Join(folder, "missing")); err != nil {
		t.Errorf("a missing folder: %v", err)
	}
}

func TestRemoveAbandoned(t *testing.T) {
	folder := t.TempDir()
	hourAgo := time.Now().Add(-time.Hour)
	for name, at := range map[string]time.Time{".tmp-old": hourAgo, ".tmp-young": time.Now(), "kept": hourAgo} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Join(path, "inside"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveAbandoned(folder); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 || entries[0].Name() != ".tmp-young" || entries[1].Name() != "kept" {
		t.Errorf("left are %v, %v", entries, err)
	}
}
