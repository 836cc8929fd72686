package plug

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"sandboxfile/native/internal/flock"
	"sandboxfile/native/internal/network/control"
)

// tidy removes the network's folder when it has no gateway any more, which could not: it may enter no folder of the
// user's. What somebody still uses stays, and who starts a gateway meanwhile will come by here, too.
func tidy(folder string) {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	unlock, err := flock.Named(ctx, filepath.Join(folder, control.StartName))
	if err != nil {
		return
	}
	defer unlock()
	if served(folder) {
		return
	}
	// The start lock's file last: nobody else is here as long as it is there.
	for _, name := range []string{control.SocketName, control.CrashName, control.LockName, control.StartName} {
		_ = os.Remove(filepath.Join(folder, name))
	}
	_ = os.Remove(folder)
}

// served tells whether there is a gateway, or might be.
func served(folder string) bool {
	lock, err := os.OpenFile(filepath.Join(folder, control.LockName), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil {
		return true
	}
	defer lock.Close()
	return flock.TryExclusive(lock) != nil
}
