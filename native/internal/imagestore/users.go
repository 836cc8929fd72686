package imagestore

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
)

// User is a sandbox that runs an image.
type User struct {
	Project string `json:"project"` // folder
	Sandbox string `json:"sandbox"` // "<file>/<name>"
}

// String names the user in messages.
func (u User) String() string {
	switch {
	case u.Sandbox == "":
		return "a sandbox"
	case u.Project == "":
		return u.Sandbox
	}
	return u.Sandbox + " of " + u.Project
}

// Hold is one use of an image. It ends with Release or with the process.
type Hold struct {
	file *os.File
	path string
}

const (
	usersFolder = "used"
	maxUser     = 64 << 10
)

// Use keeps the image whose root disk this is from being removed. The image's lock is held
// meanwhile: either the image is gone before, and Use fails, or its remover finds the user.
func Use(ctx context.Context, rootDisk string, user User) (*Hold, error) {
	folder := filepath.Dir(rootDisk)
	published := func() error {
		_, err := os.Stat(filepath.Join(folder, recordFile))
		return err
	}
	// Before too: a folder without the record gets no lock file.
	if err := published(); err != nil {
		return nil, useFailure(rootDisk, err)
	}
	unlock, err := flock.Named(ctx, filepath.Join(folder, lockFile))
	if err != nil {
		return nil, useFailure(rootDisk, err)
	}
	defer unlock()
	if err := published(); err != nil {
		return nil, useFailure(rootDisk, err)
	}
	held, err := newHold(filepath.Join(folder, usersFolder), user)
	if err != nil {
		return nil, useFailure(rootDisk, err)
	}
	touch(folder)
	return held, nil
}

// Release ends the use.
func (h *Hold) Release() error {
	return errors.Join(os.Remove(h.path), h.file.Close())
}

// newHold locks the file before it has its name: who sees the name sees a user.
func newHold(folder string, user User) (*Hold, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	if err := sweepUsers(folder); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(folder, durable.TempPattern)
	if err != nil {
		return nil, err
	}
	held := &Hold{file: file, path: filepath.Join(folder, rand.Text())}
	err = flock.TryExclusive(file)
	if err == nil {
		// On a full disk the use has no name, but it is one.
		if data, err := json.Marshal(user); err == nil {
			_, _ = file.Write(data)
		}
		err = os.Rename(file.Name(), held.path)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(file.Name()), file.Close())
	}
	return held, nil
}

func useFailure(rootDisk string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return failure.Asset(rootDisk, err)
	}
	return failure.Storage(failurev1.Code_CODE_STORE, rootDisk, err)
}

// users of an image. What killed users have left does not count.
func users(folder string) ([]User, error) {
	var found []User
	err := eachUse(filepath.Join(folder, usersFolder), func(path string) error {
		// One without its name yet must find itself unlocked.
		if durable.IsTemporary(filepath.Base(path)) {
			return nil
		}
		user, held, err := readUser(path)
		if held {
			found = append(found, user)
		}
		return err
	})
	return found, err
}

// sweepUsers removes what killed users have left. The caller has the image's lock.
func sweepUsers(folder string) error {
	return eachUse(folder, func(path string) error {
		if _, held, err := readUser(path); err != nil || held {
			return err
		}
		return os.Remove(path)
	})
}

// eachUse goes on over uses that end meanwhile.
func eachUse(folder string, visit func(path string) error) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if err := visit(filepath.Join(folder, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

func readUser(path string) (user User, held bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return User{}, false, err
	}
	defer file.Close()
	held, err = flock.IsHeld(file)
	if held {
		if data, err := durable.ReadFile(path, maxUser); err == nil {
			_ = json.Unmarshal(data, &user) // a full disk has left no name
		}
	}
	return user, held, err
}
