package libkrun

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Of several in one folder the newest is taken, to which a name without a version may lead.
func TestTheNewestIsFound(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("names as Linux has them")
	}
	folder := t.TempDir()
	for _, name := range []string{"libkrun.so.1.9.8", "libkrun.so.1.17.4", "libkrun.so.1.17.10"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("libkrun.so.1.9.8", filepath.Join(folder, "libkrun.so.1")); err != nil {
		t.Fatal(err)
	}
	_, err := Find("", folder)
	found, ok := errors.AsType[*Error](err)
	if !ok || found.Kind != Unusable || filepath.Base(found.Subject) != "libkrun.so.1.17.10" {
		t.Fatalf("%v", err)
	}
}
