package snapshot

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"sandboxfile/native/internal/durable"
)

// Key is a user's secret by which archives are known as the user's own.
type Key []byte

const (
	keyName  = "snapshot.key"
	keyBytes = 32
	// macName is the signature's among the sums.
	macName = "mac"
)

// UserKey reads the key in the user's home, where it is made when there is none. The first one made stays:
// what was signed with another would be a stranger's.
func UserKey(home string) (Key, error) {
	path := filepath.Join(home, keyName)
	key, err := durable.ReadFile(path, keyBytes)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(home, path); err != nil {
			return nil, err
		}
		key, err = durable.ReadFile(path, keyBytes)
	}
	if err == nil && len(key) != keyBytes {
		err = errors.New(keyName + " is no key")
	}
	return key, err
}

// makeKey also makes the home: to take in a snapshot may be the first thing that is done on a machine.
func makeKey(home, path string) error {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(home, durable.TempPattern)
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	made := filepath.Join(folder, keyName)
	err = durable.WriteFile(made, 0o600, func(file *os.File) error {
		key := make([]byte, keyBytes)
		rand.Read(key)
		_, err := file.Write(key)
		return err
	})
	if err != nil {
		return err
	}
	if err := os.Link(made, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return durable.SyncDir(home)
}

// id tells keys apart and tells nothing about them.
func (k Key) id() string { return k.mac([]byte("id"))[:16] }

// sign is over all that an archive says.
func (k Key) sign(header []byte, contents sums) string {
	data, err := json.Marshal(contents)
	if err != nil {
		panic(err) // strings always marshal
	}
	return k.mac(append(header[:len(header):len(header)], data...))
}

func (k Key) mac(data []byte) string {
	hash := hmac.New(sha256.New, k)
	hash.Write(data)
	return hex.EncodeToString(hash.Sum(nil))
}
