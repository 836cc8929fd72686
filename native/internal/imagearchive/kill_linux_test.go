package imagearchive

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"sandboxfile/native/internal/image"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/killtest"
)

// TestLoadProcess is no test but the process that TestKilledLoad kills.
func TestLoadProcess(t *testing.T) {
	dir := os.Getenv("MENV_TEST_LOAD")
	if dir == "" {
		t.Skip("only for TestKilledLoad")
	}
	load(t, loaderIn(t, dir), os.Getenv("MENV_TEST_ORIGIN"))
}

// TestSaveProcess is no test but the process that TestKilledSave kills.
func TestSaveProcess(t *testing.T) {
	dir := os.Getenv("MENV_TEST_SAVE")
	if dir == "" {
		t.Skip("only for TestKilledSave")
	}
	loader := loaderIn(t, dir)
	loaded := load(t, loader, os.Getenv("MENV_TEST_ORIGIN")) // it is there: nothing changes
	for _, format := range formats {
		save(t, loader, request(t, loaded, filepath.Join(os.Getenv("MENV_TEST_OUT"), string(format)), format))
	}
}

func loaderIn(t *testing.T, dir string) *image.Loader {
	t.Helper()
	store, err := imagestore.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &image.Loader{Resolver: image.Resolver{Store: store, Platform: platform, Progress: func(int64, int64) {}}}
}

func newSmallLayout(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	appendImage(t, path, newImage(t, 1), "example.com/app:v1")
	return folder
}

func TestKilledLoad(t *testing.T) {
	origin := newSmallLayout(t)
	var dir string
	environment := []string{"MENV_TEST_ORIGIN=" + origin, ""}
	steps := killtest.EachStep(t, []string{"-test.run", "^TestLoadProcess$"}, environment, func(int) {
		dir = t.TempDir()
		environment[1] = "MENV_TEST_LOAD=" + dir
	}, func(step int) {
		loader := loaderIn(t, dir)
		if _, damaged, err := loader.Store.List(); err != nil || len(damaged) > 0 {
			t.Fatalf("step %d: %v %v", step, damaged, err)
		}
		if _, named := loader.Store.Reference("example.com/app:v1", platform.String()); named {
			find(t, loader, image.Loaded{Reference: "example.com/app:v1"})
		}
		save(t, loader, request(t, load(t, loader, origin), filepath.Join(dir, "saved"), DockerArchive))
	})
	t.Logf("%d steps", steps)
	if steps < 25 {
		t.Errorf("only %d steps", steps)
	}
}

// A killed save leaves files that are whole or not there; the next one uses up what was left.
func TestKilledSave(t *testing.T) {
	origin, dir := newSmallLayout(t), t.TempDir()
	loader := loaderIn(t, dir)
	loaded := load(t, loader, origin)
	expected := make(map[Format]map[string]string)
	for _, format := range formats {
		path := filepath.Join(t.TempDir(), "whole")
		save(t, loader, request(t, loaded, path, format))
		expected[format] = contents(t, path)
	}
	var out string
	environment := []string{"MENV_TEST_ORIGIN=" + origin, "MENV_TEST_SAVE=" + dir, ""}
	steps := killtest.EachStep(t, []string{"-test.run", "^TestSaveProcess$"}, environment, func(int) {
		out = t.TempDir()
		environment[2] = "MENV_TEST_OUT=" + out
	}, func(step int) {
		for _, format := range formats {
			path := filepath.Join(out, string(format))
			if _, err := os.Stat(path); err == nil {
				if !equal(contents(t, path), expected[format]) {
					t.Errorf("step %d: half of %s is there", step, format)
				}
				continue
			}
			save(t, loader, request(t, loaded, path, format))
			if !equal(contents(t, path), expected[format]) {
				t.Errorf("step %d: %s is not whole", step, format)
			}
		}
		if left, err := os.ReadDir(out); err != nil || len(left) != len(formats) {
			t.Errorf("step %d: left %v %v", step, left, err)
		}
	})
	t.Logf("%d steps", steps)
	if steps < 40 {
		t.Errorf("only %d steps", steps)
	}
}
