package disk

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/sparse"
)

// Extend makes the disk at path, whose chain is under, one with an empty layer more, which is durable
// then. As long as nothing is in it, the layer below may still be written to.
func Extend(path string, under Chain) (Chain, error) {
	size, err := under.Size()
	if err != nil {
		return nil, err
	}
	top := Layer{filepath.Join(filepath.Dir(path), LayerName()), Overlay}
	if err := durable.WriteFile(top.Path, 0o600, func(file *os.File) error { return writeOverlay(file, size) }); err != nil {
		return nil, err
	}
	extended := append(under[:len(under):len(under)], top)
	// The record may name the layer even when this fails: it stays until the next start knows.
	return extended, extended.write(path)
}

// Retract undoes Extend of a layer in which nothing is.
func Retract(path string, under Chain) error {
	return errors.Join(under.write(path), under.sweep(path))
}

// Adopt makes the disk at path one that goes on from the layers of another and leaves those as they
// are. The disk that was there is gone then.
func Adopt(path string, from Chain) (Chain, error) {
	folder := filepath.Dir(path)
	if err := removeLeftovers(folder); err != nil {
		return nil, err
	}
	linked, err := Link(folder, from)
	if err != nil {
		return nil, err
	}
	chain, err := Extend(path, linked)
	if err != nil {
		return nil, err
	}
	return chain, chain.sweep(path)
}

// Copy makes one layer of a chain that nobody writes to, in another folder, whose owner makes it durable.
func Copy(ctx context.Context, folder string, chain Chain) (Chain, error) {
	whole := Single(filepath.Join(folder, LayerName()))
	file, err := os.OpenFile(whole.Top().Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return whole, errors.Join(flatten(ctx, file, chain), file.Close())
}

// Link gives layers names in a folder more: the same files where the file system can, else copies. A
// killed or failed one leaves files that the owner of the folder sweeps.
func Link(folder string, layers Chain) (Chain, error) {
	var linked Chain
	for _, layer := range layers {
		path, err := link(folder, layer.Path)
		if err != nil {
			return nil, err
		}
		linked = append(linked, Layer{path, layer.Format})
	}
	return linked, durable.SyncDir(folder)
}

// Remove deletes a file that may be gone already.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Delete deletes an ephemeral disk.
func Delete(path string) error {
	none := Chain(nil)
	return errors.Join(Remove(filepath.Join(filepath.Dir(path), recordName)), none.sweepIfThere(path))
}

func (c Chain) sweepIfThere(path string) error {
	err := c.sweep(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func link(folder, source string) (string, error) {
	target := filepath.Join(folder, filepath.Base(source))
	if same(target, source) {
		return target, nil
	}
	// Every disk's first file is called the same; the others' names were drawn at random, and a layer
	// that keeps its name is known again.
	if !strings.HasPrefix(filepath.Base(source), layerPrefix) || exists(target) {
		target = filepath.Join(folder, LayerName())
	}
	err := os.Link(source, target)
	if err == nil || !cannotLink(err) {
		return target, err
	}
	from, err := os.Open(source)
	if err != nil {
		return "", err
	}
	defer from.Close()
	return target, durable.WriteFile(target, 0o600, func(file *os.File) error { return sparse.Copy(file, from) })
}

// cannotLink: another file system, one without links, or too many of them.
func cannotLink(err error) bool {
	for _, code := range []error{unix.EXDEV, unix.EPERM, unix.ENOTSUP, unix.EOPNOTSUPP, unix.ENOSYS, unix.EMLINK} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func same(a, b string) bool {
	one, err := os.Lstat(a)
	if err != nil {
		return false
	}
	other, err := os.Lstat(b)
	return err == nil && os.SameFile(one, other)
}

// LayerName is a new name for a layer.
func LayerName() string { return layerPrefix + rand.Text() }
