package credentials

import (
	"context"
	"os"
	"path/filepath"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
)

// Save keeps a login in <home>/auth.json, which nobody else may read.
func (k *Keys) Save(ctx context.Context, registry, username, password string) error {
	return k.change(ctx, func(file *configfile.ConfigFile) bool {
		file.AuthConfigs[keyOf(registry)] = types.AuthConfig{Username: username, Password: password}
		return true
	})
}

// Remove forgets what Save has kept; what docker and podman know is theirs.
func (k *Keys) Remove(ctx context.Context, registry string) (removed bool, err error) {
	err = k.change(ctx, func(file *configfile.ConfigFile) bool {
		_, removed = file.AuthConfigs[keyOf(registry)]
		delete(file.AuthConfigs, keyOf(registry))
		return removed
	})
	return removed, err
}

func (k *Keys) path() string { return filepath.Join(k.home, "auth.json") }

func keyOf(registry string) string {
	if isHub(registry) {
		return hubKey
	}
	return registry
}

// change writes the file anew if it did change; one at a time among all processes.
func (k *Keys) change(ctx context.Context, edit func(*configfile.ConfigFile) bool) error {
	if err := os.MkdirAll(k.home, 0o700); err != nil {
		return failure.Storage(failurev1.Code_CODE_CREDENTIALS, k.home, err)
	}
	unlock, err := flock.Lock(ctx, k.path()+".lock")
	if err != nil {
		return failure.Storage(failurev1.Code_CODE_CREDENTIALS, k.path(), err)
	}
	defer unlock()
	// There may be logins in what killed writers have left. What cannot be removed, the next change tries again.
	_ = durable.RemoveAbandoned(k.home)
	file, err := load(k.path())
	if err != nil {
		return failure.New(failurev1.Code_CODE_CREDENTIALS, k.path(), err)
	}
	if file == nil {
		file = configfile.New(k.path())
	}
	if file.AuthConfigs == nil {
		file.AuthConfigs = make(map[string]types.AuthConfig)
	}
	if !edit(file) {
		return nil
	}
	err = durable.WriteFile(k.path(), 0o600, func(out *os.File) error { return file.SaveToWriter(out) })
	if err != nil {
		return failure.Storage(failurev1.Code_CODE_CREDENTIALS, k.path(), err)
	}
	return nil
}
