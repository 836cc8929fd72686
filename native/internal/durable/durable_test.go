package durable

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteFileReplacesWhole(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	write := func(content string, failure error) error {
		return WriteFile(path, 0o640, func(file *os.File) error {
			_, err := file.WriteString(content)
			return errors.Join(err, failure)
		})
	}
	if err := write("old", nil); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("cause")
	if err := write("half", cause); !errors.Is(err, cause) {
		t.Error(err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "old" {
		t.Errorf("%q %v", content, err)
	}
	if err := write("new", nil); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o640 || info.Size() != 3 {
		t.Errorf("%v %v", info, err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("left: %v %v", left, err)
	}
}
