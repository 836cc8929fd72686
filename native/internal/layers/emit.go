package layers

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"sandboxfile/native/internal/rootfs"
)

// wanted is what is still to be written when all names without contents are.
type wanted struct {
	contents map[int]map[int]*node // layer, ordinal
	links    []rootfs.Entry
}

// emitNames writes everything that needs no contents, directories before what is in them.
func (t *tree) emitNames(out rootfs.Writer) (*wanted, error) {
	later := &wanted{contents: make(map[int]map[int]*node)}
	t.root.entry.Path = "."
	if err := add(out, &t.root.entry); err != nil {
		return nil, err
	}
	return later, t.emitChildren(out, t.root, "", later)
}

func (t *tree) emitChildren(out rootfs.Writer, directory *node, prefix string, later *wanted) error {
	for _, base := range slices.Sorted(maps.Keys(directory.children)) {
		child, path := directory.children[base].node, prefix+base
		if len(path) > t.limits.Path {
			return limit("%d bytes in a path", t.limits.Path)
		}
		if first := child.entry.Path; child.written {
			later.links = append(later.links, rootfs.Entry{Path: path, Type: rootfs.Hardlink, Link: first})
			continue
		}
		child.entry.Path, child.written = path, true
		if child.entry.Type == rootfs.Regular && child.entry.Size > 0 {
			later.want(child)
			continue
		}
		if err := add(out, &child.entry); err != nil {
			return err
		}
		if err := t.emitChildren(out, child, path+"/", later); err != nil {
			return err
		}
	}
	return nil
}

func (w *wanted) want(file *node) {
	if w.contents[file.layer] == nil {
		w.contents[file.layer] = make(map[int]*node)
	}
	w.contents[file.layer][file.ordinal] = file
}

// emitContents reads a layer once more, as far as it is needed.
func (s *source) emitContents(out rootfs.Writer, files map[int]*node, layer Layer) error {
	if len(files) == 0 {
		return nil
	}
	opened, err := s.open(layer, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	err = eachEntry(opened, func(header *tar.Header, ordinal int, content io.Reader) error {
		file := files[ordinal]
		if file == nil {
			return nil
		}
		if header.Size != file.entry.Size {
			return errChanged
		}
		delete(files, ordinal)
		if err := AddContent(out, &file.entry, content); err != nil || len(files) > 0 {
			return err
		}
		return errComplete
	})
	if err == nil {
		return errChanged
	}
	if errors.Is(err, errComplete) {
		return nil
	}
	return err
}

var (
	errComplete = errors.New("all contents written")
	errChanged  = errors.New("the layer changed while it was read")
)

func (w *wanted) emitLinks(out rootfs.Writer) error {
	for i := range w.links {
		if err := add(out, &w.links[i]); err != nil {
			return err
		}
	}
	return nil
}

func add(out rootfs.Writer, entry *rootfs.Entry) error {
	if err := out.Add(entry, nil); err != nil {
		return &OutputError{Err: err}
	}
	return nil
}

// AddContent tells failures to read from failures to write, which are OutputErrors.
func AddContent(out rootfs.Writer, entry *rootfs.Entry, content io.Reader) error {
	read := &remembering{Reader: content}
	err := out.Add(entry, read)
	if err == nil {
		return nil
	}
	if read.err != nil {
		return fmt.Errorf("%q: %w", entry.Path, read.err)
	}
	return &OutputError{Err: err}
}

type remembering struct {
	io.Reader
	err error
}

func (r *remembering) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && (err != io.EOF || n == 0) {
		r.err = err
	}
	return n, err
}
