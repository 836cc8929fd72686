package rundir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
)

// Clean deletes names below root while it owns all the run folders: nothing that runs loses its
// files, and nothing starts on what is being deleted. It deletes nothing when one of them is taken.
// Links inside root are not followed out of it.
func Clean(folders []string, root string, names []string) error {
	for _, path := range folders {
		folder, err := Claim(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went with a temporary project
		}
		if err != nil {
			return err
		}
		defer folder.Release()
	}
	opened, err := os.OpenRoot(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return failure.Storage(failurev1.Code_CODE_RUN_FOLDER, root, err)
	}
	defer opened.Close()
	for _, name := range names {
		if err := opened.RemoveAll(name); err != nil {
			return failure.Storage(failurev1.Code_CODE_RUN_FOLDER, filepath.Join(root, name), err)
		}
	}
	return durable.SyncDir(root)
}
