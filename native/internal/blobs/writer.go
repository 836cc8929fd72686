package blobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
)

// Writer is the only one of its blob among all processes. One goroutine uses it; readers from
// Follow may be in others.
type Writer struct {
	store  *Store
	digest v1.Hash
	size   int64
	file   *os.File

	// Guards what follows, and tells followers that it changed.
	mutex    sync.Mutex
	changed  *sync.Cond
	hash     hash.Hash
	written  int64
	restarts int
	state    state
	cause    error // of failed
}

type state int

const (
	writing state = iota
	verified
	failed
)

// MismatchError says that a blob's bytes are not what its digest promises.
type MismatchError struct{ Found, Expected v1.Hash }

func (e *MismatchError) Error() string {
	return fmt.Sprintf("digest is %s, expected %s", e.Found, e.Expected)
}

// Write waits until nobody else writes the blob, and is nil when it is there by then. What a killed
// writer left is kept: Written says how much.
func (s *Store) Write(ctx context.Context, digest v1.Hash, size int64) (*Writer, error) {
	if err := supported(digest); err != nil {
		return nil, err
	}
	if size < 0 {
		return nil, fmt.Errorf("%s: size %d", digest, size)
	}
	for {
		if s.has(digest, size) {
			return nil, nil
		}
		file, err := s.claim(ctx, digest)
		if err != nil {
			return nil, storageFailure(s.dir, err)
		}
		if file == nil {
			continue // published or removed by the one we waited for
		}
		if s.has(digest, size) {
			// Published since we looked: the file is a new one, and nobody's.
			return nil, storageFailure(s.dir, errors.Join(os.Remove(file.Name()), file.Close()))
		}
		return s.resume(file, digest, size)
	}
}

func (s *Store) has(digest v1.Hash, size int64) bool {
	found, exists := s.Size(digest)
	return exists && found == size
}

// claim locks the unpublished file. The lock is on the file itself, which publishing moves away, so
// it counts only if the path still leads to it.
func (s *Store) claim(ctx context.Context, digest v1.Hash) (*os.File, error) {
	path := filepath.Join(s.dir, "partial", digest.Hex)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock.Exclusive(ctx, file); err != nil {
		return nil, err
	}
	locked, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	named, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(locked, named) {
		return nil, file.Close()
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (s *Store) resume(file *os.File, digest v1.Hash, size int64) (*Writer, error) {
	writer := &Writer{store: s, digest: digest, size: size, file: file, hash: sha256.New()}
	writer.changed = sync.NewCond(&writer.mutex)
	written, err := io.Copy(writer.hash, file)
	writer.written = written
	if err == nil && written > size {
		err = writer.Restart()
	}
	if err != nil {
		return nil, errors.Join(storageFailure(file.Name(), err), file.Close())
	}
	return writer, nil
}

// Written is how many bytes are there; the next Write goes on from them.
func (w *Writer) Written() int64 {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.written
}

// Write refuses more bytes than the blob has.
func (w *Writer) Write(data []byte) (int, error) {
	if w.Written()+int64(len(data)) > w.size {
		return 0, fmt.Errorf("more than the %d bytes that were announced", w.size)
	}
	n, err := w.file.Write(data)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.hash.Write(data[:n])
	w.written += int64(n)
	w.changed.Broadcast()
	return n, storageFailure(w.file.Name(), err)
}

// Restart forgets what was written. Followers that have read any of it fail with ErrRestarted.
func (w *Writer) Restart() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if err := w.file.Truncate(0); err != nil {
		return storageFailure(w.file.Name(), err)
	}
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return storageFailure(w.file.Name(), err)
	}
	w.hash.Reset()
	w.written = 0
	w.restarts++
	w.changed.Broadcast()
	return nil
}

// Verify checks size and digest. From then on followers reach their end.
func (w *Writer) Verify() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.written != w.size {
		return fmt.Errorf("%d bytes, expected %d: %w", w.written, w.size, io.ErrUnexpectedEOF)
	}
	if found := (v1.Hash{Algorithm: algorithm, Hex: hex.EncodeToString(w.hash.Sum(nil))}); found != w.digest {
		return &MismatchError{Found: found, Expected: w.digest}
	}
	w.state = verified
	w.changed.Broadcast()
	return nil
}

// Commit publishes the blob, durably, after it was verified, and lets those go on that waited for it.
func (w *Writer) Commit() error {
	if err := w.Verify(); err != nil {
		return err
	}
	err := w.file.Chmod(0o400)
	if err == nil {
		err = w.file.Sync()
	}
	if err == nil {
		err = w.store.publish(w.file, w.digest)
	}
	if err == nil {
		err = flock.Unlock(w.file)
	}
	return storageFailure(w.file.Name(), err)
}

// Fail tells followers that the rest will not come.
func (w *Writer) Fail(cause error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.state == writing {
		w.state, w.cause = failed, cause
		w.changed.Broadcast()
	}
}

// Discard removes what is not published, for bytes that are of no use or a disk that is full.
func (w *Writer) Discard() {
	if named, err := os.Lstat(w.file.Name()); err == nil {
		if held, err := w.file.Stat(); err == nil && os.SameFile(named, held) {
			_ = os.Remove(w.file.Name()) // what stays is met by the next writer
		}
	}
}

// Close lets others write. What is not published stays to go on from.
func (w *Writer) Close() error {
	w.Fail(os.ErrClosed)
	return w.file.Close()
}

func storageFailure(path string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if named, ok := errors.AsType[*failure.Error](err); ok {
		return named
	}
	return failure.Storage(failurev1.Code_CODE_STORE, path, err)
}
