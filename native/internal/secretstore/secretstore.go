// Package secretstore reads the values of a project's secrets, which front ends keep in a file of the
// user's.
package secretstore

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sandboxfile/native/internal/durable"
)

// FileName is the file's in the project's folder of secrets.
const FileName = "values.json"

// maxBytes is far above the bounds of those who write it.
const maxBytes = 4 << 20

// Secret is one of them.
type Secret struct {
	Placeholder string `json:"placeholder"`
	Value       string `json:"value"`
}

// Read gets those that are named. Its errors tell no values.
func Read(folder string, names []string) (map[string]Secret, error) {
	path := filepath.Join(folder, FileName)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode(); !mode.IsRegular() || mode.Perm()&0o077 != 0 {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("others may read it (%s)", mode)}
	}
	data, err := durable.ReadFile(path, maxBytes)
	if err != nil {
		return nil, err
	}
	var stored struct {
		Secrets map[string]Secret `json:"secrets"`
	}
	// What the decoder says may quote what it has read.
	if json.Unmarshal(data, &stored) != nil {
		return nil, fmt.Errorf("%s is not what was written", path)
	}
	found := make(map[string]Secret, len(names))
	for _, name := range names {
		secret, ok := stored.Secrets[name]
		if !ok || secret.Placeholder == "" || secret.Value == "" {
			return nil, fmt.Errorf("no value for %q", name)
		}
		found[name] = secret
	}
	return found, nil
}
