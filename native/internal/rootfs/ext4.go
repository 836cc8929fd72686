package rootfs

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/Microsoft/hcsshim/ext4/tar2ext4"
)

// The converter reserves metadata for this size; it grows the file only to what is used.
const maxImageSize = 16 << 30

// ext4 feeds tar2ext4, which takes a tar stream and nothing else, through a pipe.
type ext4 struct {
	tar    *tar.Writer
	pipe   *io.PipeWriter
	result chan error
	err    error
}

func newExt4(file *os.File) *ext4 {
	reader, writer := io.Pipe()
	w := &ext4{tar: tar.NewWriter(writer), pipe: writer, result: make(chan error, 1)}
	go func() {
		err := tar2ext4.ConvertTarToExt4(reader, file, tar2ext4.MaximumDiskSize(maxImageSize))
		if err == nil {
			_, err = io.Copy(io.Discard, reader) // the trailer's padding
		}
		reader.CloseWithError(errors.Join(errConverter, err))
		w.result <- err
	}()
	return w
}

// errConverter marks an error that the tar writer met only because the converter had given up.
var errConverter = errors.New("image converter ended")

func (w *ext4) Add(entry *Entry, content io.Reader) error {
	if w.err != nil {
		return w.err
	}
	if err := w.add(entry, content); err != nil {
		w.err = fmt.Errorf("%q: %w", entry.Path, err)
	}
	return w.err
}

func (w *ext4) add(entry *Entry, content io.Reader) error {
	header, err := tarHeader(entry)
	if err != nil {
		return err
	}
	if err := w.tar.WriteHeader(header); err != nil {
		return err
	}
	if header.Typeflag != tar.TypeReg {
		return nil
	}
	copied, err := io.Copy(w.tar, content)
	if err == nil && copied != entry.Size {
		err = fmt.Errorf("%d bytes, expected %d: %w", copied, entry.Size, io.ErrUnexpectedEOF)
	}
	return err
}

func (w *ext4) Close() error {
	if w.err == nil {
		w.err = w.tar.Close()
	}
	w.pipe.CloseWithError(w.err)
	if err := <-w.result; err != nil && w.err == nil {
		w.err = err
	}
	return w.err
}

var tarTypes = map[Type]byte{
	Regular: tar.TypeReg, Directory: tar.TypeDir, Symlink: tar.TypeSymlink, Hardlink: tar.TypeLink,
	CharDevice: tar.TypeChar, BlockDevice: tar.TypeBlock, Fifo: tar.TypeFifo,
}

func tarHeader(entry *Entry) (*tar.Header, error) {
	kind, known := tarTypes[entry.Type]
	if !known {
		return nil, fmt.Errorf("entry of type %d", entry.Type)
	}
	header := &tar.Header{
		Format: tar.FormatPAX, Typeflag: kind, Name: entry.Path, Linkname: entry.Link,
		Mode: int64(entry.Mode), Uid: entry.UID, Gid: entry.GID,
		ModTime: entry.ModTime, AccessTime: entry.ModTime, ChangeTime: entry.ModTime,
	}
	switch entry.Type {
	case Regular:
		header.Size = entry.Size
	case Directory:
		header.Name = path.Clean(entry.Path) + "/"
	case CharDevice, BlockDevice:
		header.Devmajor, header.Devminor = entry.Major, entry.Minor
	}
	if len(entry.Xattrs) > 0 {
		header.PAXRecords = make(map[string]string, len(entry.Xattrs))
		for name, value := range entry.Xattrs {
			header.PAXRecords["SCHILY.xattr."+name] = value
		}
	}
	return header, nil
}
