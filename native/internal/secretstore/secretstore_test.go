package secretstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const text = `{"version":1,"secrets":{"TOKEN":{"placeholder":"p","value":"a-value","hosts":["a.test:443"]},"EMPTY":{}}}`

func write(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, FileName), []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestRead(t *testing.T) {
	found, err := Read(write(t, text, 0o600), []string{"TOKEN"})
	if err != nil || len(found) != 1 || found["TOKEN"] != (Secret{"p", "a-value"}) {
		t.Errorf("%v, %v", found, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, folder := range map[string]string{
		"missing": t.TempDir(), "readable": write(t, text, 0o640),
		"damaged": write(t, strings.Replace(text, "{\"placeholder\"", "\"a-value\"", 1), 0o600),
	} {
		if _, err := Read(folder, []string{"TOKEN"}); err == nil || strings.Contains(err.Error(), "a-value") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"OTHER", "EMPTY"} {
		if _, err := Read(write(t, text, 0o600), []string{name}); err == nil {
			t.Errorf("%s has a value", name)
		}
	}
}
