package layers

import (
	"errors"
	"strings"
	"time"

	"sandboxfile/native/internal/rootfs"
)

// tree is the file system as the layers so far leave it.
type tree struct {
	root     *node
	limits   Limits
	entries  int
	metadata int64
	bytes    int64
	steps    int

	attributes attributeSets
}

// node is an inode: hard links are several names of one node.
type node struct {
	entry    rootfs.Entry // Path is the first name that it was written under
	children map[string]name
}

// name is a directory entry; whiteouts remove names by the layer that brought them.
type name struct {
	node  *node
	layer int
}

func newTree(limits Limits) *tree {
	return &tree{limits: limits, root: newDirectory(), attributes: make(attributeSets)}
}

func newDirectory() *node {
	return &node{
		entry:    rootfs.Entry{Type: rootfs.Directory, Mode: 0o755, ModTime: time.Unix(0, 0)},
		children: make(map[string]name),
	}
}

// Symbolic links followed for one name, as in the kernel.
const maxHops = 40

var (
	errNotDirectory = errors.New("a parent is not a directory")
	errHops         = errors.New("too many symbolic links")
)

// directory walks to a directory as the kernel would inside the image: links are followed and
// nothing leads above the root. Without create a missing directory is nil.
func (t *tree) directory(path []string, layer int, create bool) (*node, error) {
	walk := []*node{t.root}
	rest := path
	for hops := 0; len(rest) > 0; {
		if err := t.step(); err != nil {
			return nil, err
		}
		here, component := walk[len(walk)-1], rest[0]
		rest = rest[1:]
		switch component {
		case "", ".":
			continue
		case "..":
			if len(walk) > 1 {
				walk = walk[:len(walk)-1]
			}
			continue
		}
		found, exists := here.children[component]
		switch {
		case !exists && !create:
			return nil, nil
		case !exists:
			if err := t.checkName(component, len(walk)); err != nil {
				return nil, err
			}
			if err := t.count(int64(len(component))); err != nil {
				return nil, err
			}
			found = name{node: newDirectory(), layer: layer}
			here.children[component] = found
			walk = append(walk, found.node)
		case found.node.entry.Type == rootfs.Directory:
			walk = append(walk, found.node)
		case found.node.entry.Type == rootfs.Symlink:
			if hops++; hops > maxHops {
				return nil, errHops
			}
			target := found.node.entry.Link
			if strings.HasPrefix(target, "/") {
				walk = walk[:1]
			}
			rest = append(strings.Split(target, "/"), rest...)
		default:
			return nil, errNotDirectory
		}
	}
	if len(walk) > t.limits.Depth {
		return nil, limit("%d directories above a file", t.limits.Depth)
	}
	return walk[len(walk)-1], nil
}

func (t *tree) checkName(component string, depth int) error {
	if depth >= t.limits.Depth {
		return limit("%d directories above a file", t.limits.Depth)
	}
	const maxName = 255 // of every file system in the guest
	if len(component) > maxName {
		return limit("%d bytes in a file name", maxName)
	}
	if strings.IndexByte(component, 0) >= 0 {
		return errors.New("a file name contains NUL")
	}
	return nil
}

// step bounds the work that a small archive can ask for with links and whiteouts.
func (t *tree) step() error {
	const perEntry = 64
	if t.steps++; t.steps > t.limits.Entries*perEntry {
		return limit("%d steps through directories", t.limits.Entries*perEntry)
	}
	return nil
}

// count books an entry with so many bytes of names and attributes.
func (t *tree) count(metadata int64) error {
	if t.entries++; t.entries > t.limits.Entries {
		return limit("%d entries", t.limits.Entries)
	}
	if t.metadata += metadata; t.metadata > t.limits.Metadata {
		return limit("%d bytes of names and attributes", t.limits.Metadata)
	}
	return nil
}
