// Package disk keeps a sandbox's own disk: at first a sparse copy of the prepared empty file system,
// later a chain of layers, as snapshots share what was before them with the disk.
package disk

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
)

// Ensure makes path from the empty disk unless it exists, and one file again of a chain with more
// than most layers. It appears as a whole or not at all. The caller owns the folder: temp files and
// layers in it that are not the disk's are a killed owner's.
func Ensure(ctx context.Context, empty, path string, most int) (Chain, error) {
	chain, err := ensure(ctx, empty, path, most)
	if err == nil {
		return chain, nil
	}
	if named, ok := errors.AsType[*failure.Error](err); ok {
		return nil, named
	}
	return nil, failure.Storage(failurev1.Code_CODE_DISK, path, err)
}

func ensure(ctx context.Context, empty, path string, most int) (Chain, error) {
	chain, err := Open(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(chain[0].Path); errors.Is(err, fs.ErrNotExist) && len(chain) == 1 {
		return chain, create(empty, path)
	}
	if err := chain.Check(); err != nil {
		return nil, err
	}
	if err := errors.Join(removeLeftovers(filepath.Dir(path)), chain.sweep(path)); err != nil {
		return nil, err
	}
	if len(chain) <= most {
		return chain, nil
	}
	return merge(ctx, path, chain)
}

// Sync makes what a killed VMM wrote durable.
func Sync(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

func create(empty, path string) error {
	source, err := os.Open(empty)
	if err != nil {
		return failure.Asset(empty, err)
	}
	defer source.Close()
	if err := removeLeftovers(filepath.Dir(path)); err != nil {
		return err
	}
	return durable.WriteFile(path, 0o600, func(target *os.File) error { return Fill(target, source) })
}

// merge makes the chain one file.
func merge(ctx context.Context, path string, chain Chain) (Chain, error) {
	whole := Single(filepath.Join(filepath.Dir(path), LayerName()))
	err := durable.WriteFile(whole[0].Path, 0o600, func(file *os.File) error { return flatten(ctx, file, chain) })
	if err == nil {
		err = whole.write(path)
	}
	if err != nil {
		return nil, err // which of the two the disk is, the next start finds out
	}
	return whole, whole.sweep(path)
}

func removeLeftovers(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return durable.RemoveLeftovers(folder)
}
