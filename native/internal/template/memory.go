package template

import (
	"bytes"
	"errors"
	"io"
	"os"

	"sandboxfile/native/internal/sparse"
)

// pageBytes is the guest's, on every architecture it is built for.
const pageBytes = 4 << 10

// copyMemory copies the pages that hold anything; the others become holes.
func copyMemory(to, from *os.File) error {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	if err := to.Truncate(info.Size()); err != nil {
		return err
	}
	var empty [pageBytes]byte
	buffer := make([]byte, 256*pageBytes)
	for at := int64(0); at < info.Size(); at += int64(len(buffer)) {
		n, err := from.ReadAt(buffer, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for page := 0; page < n; page += pageBytes {
			data := buffer[page:min(page+pageBytes, n)]
			if bytes.Equal(data, empty[:len(data)]) {
				continue
			}
			if _, err := to.WriteAt(data, at+int64(page)); err != nil {
				return err
			}
		}
	}
	return nil
}

// enlarged makes a copy of a disk that ends in nothing up to this size.
func enlarged(path, source string, size int64) error {
	from, err := os.Open(source)
	if err != nil {
		return err
	}
	defer from.Close()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(sparse.Copy(file, from), file.Truncate(size), file.Close())
}
