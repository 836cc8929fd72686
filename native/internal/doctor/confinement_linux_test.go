package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestCgroupsThatAreOursToDivide(t *testing.T) {
	folder := t.TempDir()
	membership := filepath.Join(folder, "cgroup")
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("cgroup", "4:memory:/one\n1:cpu:/\n")
	if found, _ := delegatedCgroup(membership, folder); found.State != Absent {
		t.Errorf("version 1: %+v", found)
	}
	write("cgroup", "4:memory:/one\n0::/user/me\n")
	if found, _ := delegatedCgroup(membership, folder); found.State != Absent {
		t.Errorf("not mounted: %+v", found)
	}
	write("user/me/cgroup.controllers", "cpu memory\n")
	found, controllers := delegatedCgroup(membership, folder)
	if found.State != Usable || !slices.Equal(controllers, []string{"cpu", "memory"}) {
		t.Errorf("%+v %q", found, controllers)
	}
}
