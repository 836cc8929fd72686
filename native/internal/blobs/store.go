// Package blobs keeps what images are made of, by digest: manifests, configurations, compressed
// layers.
//
//	<dir>/sha256/<hex>   whole and checked
//	<dir>/partial/<hex>  being written; locked by its writer, left by a killed one to go on from
package blobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
)

// Store may be used by any number of goroutines and processes.
type Store struct{ dir string }

const algorithm = "sha256"

// Open makes the store's folders when they are not there.
func Open(dir string) (*Store, error) {
	absolute, err := filepath.Abs(dir)
	for _, name := range []string{algorithm, "partial"} {
		if err == nil {
			err = os.MkdirAll(filepath.Join(absolute, name), 0o700)
		}
	}
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_STORE, dir, err)
	}
	return &Store{dir: absolute}, nil
}

// Size of a blob; false when it is not there.
func (s *Store) Size(digest v1.Hash) (int64, bool) {
	if supported(digest) != nil {
		return 0, false
	}
	info, err := os.Lstat(s.path(digest))
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}

// Open fails with fs.ErrNotExist for a blob that is not there.
func (s *Store) Open(digest v1.Hash) (*os.File, error) {
	if err := supported(digest); err != nil {
		return nil, err
	}
	return os.Open(s.path(digest))
}

// Read returns a small blob whole. A damaged one is removed, so that it can be fetched again.
func (s *Store) Read(digest v1.Hash, bound int64) ([]byte, error) {
	file, err := s.Open(digest)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, bound+1))
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_STORE, file.Name(), err)
	}
	if int64(len(data)) > bound {
		return nil, fmt.Errorf("%s: more than %d bytes", digest, bound)
	}
	if found := sum(data); found != digest {
		_ = s.Remove(digest) // the damage is the news
		return nil, failure.New(failurev1.Code_CODE_STORE, file.Name(), fmt.Errorf("damaged: its digest is %s", found))
	}
	return data, nil
}

// Repair removes a blob that is damaged, and says so. Nobody reads all of a large blob just to know
// that it is not.
func (s *Store) Repair(ctx context.Context, digest v1.Hash) (removed bool, err error) {
	file, err := s.Open(digest)
	if err != nil {
		return false, ignoreMissing(err)
	}
	defer file.Close()
	hash := sha256.New()
	for buffer := make([]byte, 1<<20); ; {
		n, err := file.Read(buffer)
		hash.Write(buffer[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return false, storageFailure(file.Name(), err)
		}
	}
	if hex.EncodeToString(hash.Sum(nil)) == digest.Hex {
		return false, nil
	}
	return true, s.Remove(digest)
}

// Import stores what the reader gives, which must be the blob, whole. It waits for a writer of the
// same blob and takes over what that one left.
func (s *Store) Import(ctx context.Context, digest v1.Hash, size int64, content io.Reader) error {
	writer, err := s.Write(ctx, digest, size)
	if err != nil || writer == nil {
		return err
	}
	defer writer.Close()
	if err := writer.Restart(); err != nil {
		return err
	}
	_, err = io.Copy(writer, content)
	if err == nil {
		err = writer.Commit()
	}
	if err != nil {
		writer.Discard() // it can be read again as a whole
	}
	return err
}

// Remove makes a blob not be there. Whoever has it open may read on.
func (s *Store) Remove(digest v1.Hash) error {
	if err := supported(digest); err != nil {
		return err
	}
	if err := ignoreMissing(os.Remove(s.path(digest))); err != nil {
		return failure.Storage(failurev1.Code_CODE_STORE, s.path(digest), err)
	}
	return nil
}

// List is every blob that is there.
func (s *Store) List() ([]v1.Hash, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, algorithm))
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_STORE, s.dir, err)
	}
	var found []v1.Hash
	for _, entry := range entries {
		if digest, err := v1.NewHash(algorithm + ":" + entry.Name()); err == nil {
			found = append(found, digest)
		}
	}
	return found, nil
}

func (s *Store) path(digest v1.Hash) string {
	return filepath.Join(s.dir, digest.Algorithm, digest.Hex)
}

func (s *Store) publish(file *os.File, digest v1.Hash) error {
	if err := os.Rename(file.Name(), s.path(digest)); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Join(s.dir, algorithm))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// supported also keeps everything that is no digest from becoming a path.
func supported(digest v1.Hash) error {
	if digest.Algorithm != algorithm {
		return fmt.Errorf("digest %q: only %s is supported", digest, algorithm)
	}
	_, err := v1.NewHash(digest.String())
	return err
}
