package delivery

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func put(content string, failure error) func(*os.File) error {
	return func(file *os.File) error {
		_, err := file.WriteString(content)
		return errors.Join(err, failure)
	}
}

func only(t *testing.T, path, content string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != content {
		t.Errorf("%q, %v", got, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("there are %v, %v", left, err)
	}
}

func TestFileReplacesWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := File(path, put("old", nil)); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("cause")
	if err := File(path, put("half", cause)); !errors.Is(err, cause) {
		t.Error(err)
	}
	only(t, path, "old")
	if err := File(path, put("new", nil)); err != nil {
		t.Fatal(err)
	}
	only(t, path, "new")
}

func TestWhatAKilledWriterLeftIsUsedUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(partialName(path), []byte("longer than what follows"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := File(path, put("new", nil)); err != nil {
		t.Fatal(err)
	}
	only(t, path, "new")
}

func TestTwoWritersDoNotMix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	err := File(path, func(file *os.File) error {
		if err := File(path, put("second", nil)); err == nil {
			t.Error("both write")
		}
		_, err := file.WriteString("first")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	only(t, path, "first")
}

func TestOnlyFilesAreReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("elsewhere", path); err != nil {
		t.Fatal(err)
	}
	if err := File(path, put("new", nil)); err == nil {
		t.Error("a symbolic link was replaced")
	}
}
