package layers

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"

	"sandboxfile/native/internal/rootfs"
)

// index puts a layer's names into the tree and its contents into the image, and checks its digests.
func (s *source) index(tree *tree, out rootfs.Writer, number int) error {
	stream := s.layer(number)
	for entries := tar.NewReader(stream); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			if err := stream.finish(); err != nil {
				return err
			}
			s.done(number)
			return nil
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("it is cut short: %w", err)
		}
		if err != nil {
			return err
		}
		if err := add(tree, out, number, header, entries); err != nil {
			return fmt.Errorf("%q: %w", shortened(header.Name), err)
		}
	}
}

func add(tree *tree, out rootfs.Writer, number int, header *tar.Header, content io.Reader) error {
	entry, err := entryOf(header)
	if err != nil || entry == nil {
		return err
	}
	size := int64(0)
	if entry.Type == rootfs.Regular {
		size = header.Size
	}
	added, err := tree.insert(entry, size, number)
	if err != nil || added == nil || size == 0 {
		return err
	}
	added.entry.Contents, err = Store(out, content, size)
	return err
}

// shortened keeps an error readable whatever an archive calls its files.
func shortened(name string) string {
	const longest = 300
	if len(name) <= longest {
		return name
	}
	return name[:longest] + "…"
}
