package image

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/types"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/layers"
)

// openPacked opens a layout's folder or an archive, which may be compressed as a whole.
func (l *Loader) openPacked(ctx context.Context, path string) (files, error) {
	// Without O_NONBLOCK a pipe would hold the process.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, notFound(path, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if info.IsDir() {
		file.Close()
		root, err := os.OpenRoot(path)
		if err != nil {
			return nil, err
		}
		return folderFiles{root}, nil
	}
	if !info.Mode().IsRegular() {
		return nil, errors.Join(errors.New("neither a folder nor an archive"), file.Close())
	}
	head := make([]byte, 4)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, file.Close())
	}
	if layers.TypeOf(head[:n]) == types.OCIUncompressedLayer {
		return indexArchive(ctx, file)
	}
	defer file.Close()
	return l.spool(ctx, file)
}

// spool keeps a stream in a file without a name, decompressed: archives are read at will.
func (l *Loader) spool(ctx context.Context, stream io.Reader) (files, error) {
	buffered := bufio.NewReader(&watched{Reader: stream, ctx: ctx, read: func(int64) {}})
	plain, err := layers.Decompress(buffered)
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	file, err := l.Store.Scratch()
	if err != nil {
		return nil, err
	}
	bound := 2 * layers.Standard.Bytes
	size, err := io.Copy(scratch{file}, io.LimitReader(plain, bound+1))
	if err == nil && size > bound {
		err = &layers.LimitError{Bound: fmt.Sprintf("%d bytes", bound)}
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return indexArchive(ctx, file)
}

// scratch tells failures to write from failures to read.
type scratch struct{ file *os.File }

func (s scratch) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	if err != nil {
		err = failure.Storage(failurev1.Code_CODE_STORE, s.file.Name(), err)
	}
	return n, err
}
