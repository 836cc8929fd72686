package imagearchive

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"time"
)

// tarFile writes a tar file of entries whose size is known only when they have been written.
type tarFile struct {
	file    *os.File
	offset  int64
	folders map[string]bool
}

const block = 512

func (t *tarFile) add(name string, content io.Reader) error {
	if err := t.addFolders(path.Dir(name)); err != nil {
		return err
	}
	if _, err := t.file.Seek(t.offset+block, io.SeekStart); err != nil {
		return err
	}
	size, err := io.Copy(t.file, content)
	if err != nil {
		return err
	}
	return t.header(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: size})
}

func (t *tarFile) addFolders(name string) error {
	if name == "." || t.folders[name] {
		return nil
	}
	if err := t.addFolders(path.Dir(name)); err != nil {
		return err
	}
	t.folders[name] = true
	return t.header(&tar.Header{Name: name + "/", Typeflag: tar.TypeDir, Mode: 0o755})
}

// header writes the entry's header in front of its content. Nothing in it tells where or when the
// archive was made.
func (t *tarFile) header(header *tar.Header) error {
	header.Format = tar.FormatGNU // one block, whatever the size
	header.ModTime = time.Unix(0, 0)
	var raw bytes.Buffer
	if err := tar.NewWriter(&raw).WriteHeader(header); err != nil {
		return err
	}
	if raw.Len() != block {
		return fmt.Errorf("header of %s: %d bytes", header.Name, raw.Len())
	}
	if _, err := t.file.WriteAt(raw.Bytes(), t.offset); err != nil {
		return err
	}
	t.offset += block + (header.Size+block-1)/block*block
	return nil
}

// finish writes the end mark; the file is as long as what was added.
func (t *tarFile) finish() error { return t.file.Truncate(t.offset + 2*block) }
