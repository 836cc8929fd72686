package snapshot

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/killtest"
)

const stepsVariable = "MENV_TEST_SNAPSHOT_STEPS"

// TestSteps is the process that TestKilledAtEachStep kills: one work in the folder of a host.
func TestSteps(t *testing.T) {
	work, folder, found := strings.Cut(os.Getenv(stepsVariable), " ")
	if !found {
		t.Skip("only for TestKilledAtEachStep")
	}
	key, err := UserKey(folder)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{T: t, folder: folder, key: key}
	if err := works[work](h); err != nil {
		t.Fatal(err)
	}
}

// works are what may be killed; each is done again after a kill, and has to succeed then.
var works = map[string]func(*host) error{
	"create": func(h *host) error {
		if _, err := os.Stat(filepath.Join(h.folder, "kept", "new")); err == nil {
			return nil
		}
		h.snapshot("new", true)
		return nil
	},
	"export": func(h *host) error {
		s, err := Open(filepath.Join(h.folder, "kept", "one"), h.key)
		if err != nil {
			return err
		}
		return s.Export(h.Context(), filepath.Join(h.folder, "out", "exported"), h.key, func(int64, int64) {})
	},
	"import": func(h *host) error {
		_, err := h.imported(filepath.Join(h.folder, "archive"), "new", nil)
		if errors.Is(err, os.ErrExist) {
			return nil
		}
		return err
	},
	"restore": func(h *host) error {
		s, err := Open(filepath.Join(h.folder, "kept", "one"), h.key)
		if err != nil {
			return err
		}
		_, err = s.RestoreDisk(filepath.Join(h.folder, "rw", "disk.img"))
		return err
	},
	"merge": func(h *host) error {
		_, err := disk.Ensure(h.Context(), "/missing", filepath.Join(h.folder, "rw", "disk.img"), 1)
		return err
	},
	"delete": func(h *host) error {
		// As the engine does: its name first.
		err := os.Rename(filepath.Join(h.folder, "kept", "one"), filepath.Join(h.folder, "kept", ".tmp-one-1"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return Sweep(filepath.Join(h.folder, "kept"))
	},
}

func TestKilledAtEachStep(t *testing.T) {
	for name, work := range works {
		t.Run(name, func(t *testing.T) {
			var h *host
			environment := []string{""}
			kills := killtest.EachStep(t, []string{"-test.run", "^TestSteps$"}, environment, func(int) {
				h = newHost(t)
				if err := os.Mkdir(h.path("out"), 0o700); err != nil {
					t.Fatal(err)
				}
				h.snapshot("one", true)
				if name == "import" {
					if err := os.Rename(h.export(filepath.Join(h.folder, "kept", "one")), h.path("archive")); err != nil {
						t.Fatal(err)
					}
				}
				if name == "merge" {
					if err := works["restore"](h); err != nil {
						t.Fatal(err)
					}
				}
				environment[0] = stepsVariable + "=" + name + " " + h.folder
			}, func(step int) {
				// What there is, is whole.
				for _, each := range []string{"one", "new"} {
					if _, err := os.Stat(filepath.Join(h.folder, "kept", each)); err == nil {
						h.usable(filepath.Join(h.folder, "kept", each), true)
					} else if each == "one" && name != "delete" {
						t.Fatalf("step %d: the snapshot is gone", step)
					}
				}
				h.bootable(step)
				if err := work(h); err != nil {
					t.Fatalf("after a kill at step %d: %v", step, err)
				}
				h.bootable(step)
				if err := Sweep(filepath.Join(h.folder, "kept")); err != nil {
					t.Fatal(err)
				}
				onlyKept(t, h, "one", "new")
				onlyExported(t, h)
				if err := os.RemoveAll(h.folder); err != nil {
					t.Fatal(err)
				}
			})
			t.Logf("%d kills", kills)
			if kills < 3 {
				t.Error("hardly anything was killed")
			}
		})
	}
}

// onlyExported: nothing lies beside the file that was exported.
func onlyExported(t *testing.T, h *host) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(h.folder, "out"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != "exported" {
			t.Errorf("beside the exported file: %s", entry.Name())
		}
	}
}

// bootable: the sandbox's disk is there, with what was on it, and nothing beside it once it is used.
func (h *host) bootable(step int) {
	h.Helper()
	path := filepath.Join(h.folder, "rw", "disk.img")
	chain, err := disk.Ensure(h.Context(), "/missing", path, disk.MaxLayers)
	if err != nil {
		h.Fatalf("step %d: the disk: %v", step, err)
	}
	source, err := disk.OpenSource(chain)
	if err != nil {
		h.Fatal(err)
	}
	defer source.Close()
	var data int64
	err = source.EachRun(h.Context(), func(run disk.Run) error {
		data += run.Length
		return nil
	})
	if err != nil || data < 3*4096 {
		h.Errorf("step %d: %d bytes on the disk, %v", step, data, err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if most := len(chain) + 1; err != nil || len(entries) > most {
		h.Errorf("step %d: %v beside the disk, %v", step, entries, err)
	}
}
