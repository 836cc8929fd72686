package blobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// ErrRestarted tells a follower that what it has read was not the blob.
var ErrRestarted = errors.New("the download began again")

// Follow reads the blob while it is written: it waits for bytes, as long as the context allows, and
// ends only when they have been verified. The writer must not be closed before.
func (w *Writer) Follow(ctx context.Context) io.ReadCloser {
	stop := context.AfterFunc(ctx, func() {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.changed.Broadcast()
	})
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return &follower{ctx: ctx, stop: stop, writer: w, restarts: w.restarts}
}

type follower struct {
	ctx      context.Context
	stop     func() bool
	writer   *Writer
	offset   int64
	restarts int
}

func (f *follower) Read(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, nil
	}
	for {
		available, err := f.await()
		if err != nil {
			return 0, err
		}
		n, err := f.writer.file.ReadAt(data[:min(int64(len(data)), available)], f.offset)
		f.offset += int64(n)
		// The file ends early only after a restart, which await tells.
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, ignoreEnd(err)
		}
	}
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// await returns how many bytes can be read now, at least one.
func (f *follower) await() (int64, error) {
	w := f.writer
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for {
		if f.restarts != w.restarts && f.offset > 0 {
			return 0, ErrRestarted
		}
		f.restarts = w.restarts
		switch {
		case f.ctx.Err() != nil:
			return 0, f.ctx.Err()
		case w.state == failed:
			return 0, w.cause
		case w.written > f.offset:
			return w.written - f.offset, nil
		case w.state == verified:
			return 0, io.EOF
		}
		w.changed.Wait()
	}
}

func (f *follower) Close() error {
	f.stop()
	return nil
}

func sum(data []byte) v1.Hash {
	found := sha256.Sum256(data)
	return v1.Hash{Algorithm: algorithm, Hex: hex.EncodeToString(found[:])}
}
