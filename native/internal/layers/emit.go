package layers

import (
	"fmt"
	"maps"
	"slices"

	"sandboxfile/native/internal/rootfs"
)

// emit writes the tree, directories before what is in them, and lets go of what it has written:
// the writer has it.
func (t *tree) emit(out rootfs.Writer) error {
	t.root.entry.Path = "."
	if err := write(out, &t.root.entry); err != nil {
		return err
	}
	return t.emitChildren(out, t.root, "")
}

func (t *tree) emitChildren(out rootfs.Writer, directory *node, prefix string) error {
	for _, base := range slices.Sorted(maps.Keys(directory.children)) {
		child, path := directory.children[base].node, prefix+base
		delete(directory.children, base)
		if len(path) > t.limits.Path {
			return fmt.Errorf("%q: %w", shortened(path), limit("%d bytes in a path", t.limits.Path))
		}
		if first := child.entry.Path; first != "" {
			link := rootfs.Entry{Path: path, Type: rootfs.Hardlink, Link: first}
			if err := write(out, &link); err != nil {
				return err
			}
			continue
		}
		child.entry.Path = path
		if err := write(out, &child.entry); err != nil {
			return err
		}
		if err := t.emitChildren(out, child, path+"/"); err != nil {
			return err
		}
	}
	return nil
}

func write(out rootfs.Writer, entry *rootfs.Entry) error {
	if err := out.Add(entry); err != nil {
		return &OutputError{Err: err}
	}
	return nil
}
