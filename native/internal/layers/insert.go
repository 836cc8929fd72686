package layers

import (
	"errors"
	"fmt"
	"strings"

	"sandboxfile/native/internal/rootfs"
)

const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
	reserved = ".wh..wh." // marks of the file system that invented whiteouts
)

// insert puts one entry of a layer into the tree, size bytes large if it is a file. Only plain
// names reach the tree: whatever a path says, it is walked inside the image. What stands for no
// file gives no node.
func (t *tree) insert(entry *rootfs.Entry, size int64, layer int) (*node, error) {
	if err := t.admit(entry, size); err != nil {
		return nil, err
	}
	parents, base := splitPath(entry.Path)
	entry.Path = "" // the tree has it
	if base == "" {
		if entry.Type != rootfs.Directory {
			return nil, errors.New("the root is not a directory")
		}
		t.root.entry = *entry
		return t.root, nil
	}
	if strings.HasPrefix(base, whiteout) {
		return nil, t.erase(parents, base, layer)
	}
	parent, err := t.directory(parents, layer, true)
	if err != nil {
		return nil, err
	}
	if err := t.checkName(base, 0); err != nil {
		return nil, err
	}
	added, err := t.nodeFor(entry, parent.children[base].node)
	if err != nil {
		return nil, err
	}
	// A clone: the name alone, not the header's text around it.
	parent.children[strings.Clone(base)] = name{node: added, layer: layer}
	return added, nil
}

func (t *tree) nodeFor(entry *rootfs.Entry, existing *node) (*node, error) {
	switch entry.Type {
	case rootfs.Hardlink:
		return t.linkTarget(entry.Link)
	case rootfs.Directory:
		if existing != nil && existing.entry.Type == rootfs.Directory {
			existing.entry = *entry
			return existing, nil
		}
		added := newDirectory()
		added.entry = *entry
		return added, nil
	default:
		return &node{entry: *entry}, nil
	}
}

func (t *tree) linkTarget(path string) (*node, error) {
	parents, base := splitPath(path)
	parent, err := t.directory(parents, 0, false)
	if err != nil {
		return nil, err
	}
	var target *node
	if parent != nil {
		target = parent.children[base].node
	}
	if target == nil {
		return nil, fmt.Errorf("link to %q, which is not there", path)
	}
	if target.entry.Type == rootfs.Directory {
		return nil, fmt.Errorf("link to the directory %q", path)
	}
	return target, nil
}

// Linux takes no larger attribute, and few programs set more than one.
const maxAttributes = 64<<10 - 1

// admit checks the bounds of one entry.
func (t *tree) admit(entry *rootfs.Entry, size int64) error {
	if len(entry.Path) > t.limits.Path || len(entry.Link) >= t.limits.Path {
		return limit("%d bytes in a path", t.limits.Path)
	}
	attributes := 0
	for name, value := range entry.Xattrs {
		attributes += len(name) + len(value)
	}
	if attributes > maxAttributes {
		return limit("%d bytes of attributes on one file", maxAttributes)
	}
	if size < 0 || size > t.limits.Bytes-t.bytes {
		return limit("%d bytes of files", t.limits.Bytes)
	}
	t.bytes += size
	var cost int64
	entry.Xattrs, cost = t.attributes.share(entry.Xattrs)
	_, base := splitPath(entry.Path)
	return t.count(int64(len(base)+len(entry.Link)) + cost)
}

// erase applies a whiteout: it hides what lower layers brought, never what its own layer brings.
func (t *tree) erase(parents []string, base string, layer int) error {
	parent, err := t.directory(parents, layer, false)
	if errors.Is(err, errNotDirectory) {
		return nil // its layer has put a file in the directory's place: nothing is left to hide
	}
	if err != nil || parent == nil {
		return err
	}
	if base == opaque {
		return t.prune(parent, layer)
	}
	if strings.HasPrefix(base, reserved) {
		return nil
	}
	hidden := strings.TrimPrefix(base, whiteout)
	target, exists := parent.children[hidden]
	if !exists {
		return nil
	}
	return t.hide(parent, hidden, target, layer)
}

// prune hides a directory's names from below a layer.
func (t *tree) prune(directory *node, layer int) error {
	for hidden, child := range directory.children {
		if err := t.hide(directory, hidden, child, layer); err != nil {
			return err
		}
	}
	return nil
}

// hide takes a name away; a directory stays for what the layer itself has put into it.
func (t *tree) hide(parent *node, hidden string, target name, layer int) error {
	if err := t.step(); err != nil {
		return err
	}
	if err := t.prune(target.node, layer); err != nil {
		return err
	}
	if target.layer < layer && len(target.node.children) == 0 {
		delete(parent.children, hidden)
	}
	return nil
}

// splitPath gives a cleaned path's directories and last component, which is empty for the root.
func splitPath(path string) ([]string, string) {
	var clean []string
	for component := range strings.SplitSeq(path, "/") {
		switch component {
		case "", ".":
		case "..":
			if len(clean) > 0 {
				clean = clean[:len(clean)-1]
			}
		default:
			clean = append(clean, component)
		}
	}
	if len(clean) == 0 {
		return nil, ""
	}
	return clean[:len(clean)-1], clean[len(clean)-1]
}
