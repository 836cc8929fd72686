// Package export writes what a sandbox has changed of its image as one layer: a tar archive with OCI
// whiteouts, made from the overlay's own folder of changes.
package export

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Changes are the two folders of an overlay (O_PATH descriptors), mounted with redirect_dir=on and
// metacopy=off.
type Changes struct {
	Upper, Image int
	// Hidden are the paths at the top that are covered by mounts. What is below is the product's.
	Hidden []string
	// Placed are files by path that the product writes at each start. Those with other content are
	// the user's.
	Placed map[string]string
}

// PathError says at which path of the sandbox the export failed.
type PathError struct {
	Path string
	Err  error
}

func (e *PathError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *PathError) Unwrap() error { return e.Err }

const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
	// Deeper trees are refused by who reads the layer, too.
	maxDepth = 128
)

// Write writes the layer. Only a whole one has the archive's end mark.
func Write(ctx context.Context, out io.Writer, changes Changes) error {
	w := &walker{ctx: ctx, tar: tar.NewWriter(out), changes: changes, links: newLinks(), buffer: make([]byte, 256<<10)}
	upper, err := openFolder(changes.Upper, ".")
	if err != nil {
		return err
	}
	defer upper.Close()
	image, err := openFolder(changes.Image, ".")
	if err != nil {
		return err
	}
	defer image.Close()
	if err := w.folder(folder{upper: upper, lower: image}); err != nil {
		return err
	}
	return w.tar.Close()
}

// walker goes through the changes, depth first.
type walker struct {
	ctx     context.Context
	tar     *tar.Writer
	changes Changes
	links   *links
	buffer  []byte
}

// folder is one directory as the sandbox sees it.
type folder struct {
	path  string // in the sandbox, without a leading slash; empty: the root
	depth int
	upper *os.File // nil: nothing was changed
	lower *os.File // what is merged below; nil: nothing
	// Path of lower in the image. It is another than path below a directory that was moved.
	lowerPath string
	// whole: the layer has to have all there is, not only what was changed.
	whole bool
}

func (f *folder) at(name string) string { return path.Join(f.path, name) }

func (w *walker) folder(f folder) error {
	if f.depth > maxDepth {
		return &PathError{"/" + f.path, unix.ENAMETOOLONG}
	}
	if f.upper != nil {
		if err := w.each(f.upper, &f, w.changed); err != nil {
			return err
		}
	}
	if !f.whole || f.lower == nil {
		return nil
	}
	return w.each(f.lower, &f, w.unchanged)
}

// each visits the names of one directory, a few at a time.
func (w *walker) each(dir *os.File, f *folder, visit func(f *folder, name string, stat *unix.Stat_t) error) error {
	const batch = 256
	for {
		names, err := dir.Readdirnames(batch)
		for _, name := range names {
			if err := w.ctx.Err(); err != nil {
				return err
			}
			if strings.HasPrefix(name, whiteout) {
				return named("/"+f.at(name), errReserved)
			}
			var stat unix.Stat_t
			err := unix.Fstatat(int(dir.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW)
			if err == nil {
				err = visit(f, name, &stat)
			}
			if err != nil {
				return named("/"+f.at(name), err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return named("/"+f.path, err)
		}
	}
}

// changed handles a name of the folder of changes.
func (w *walker) changed(f *folder, name string, stat *unix.Stat_t) error {
	if w.isProduct(f, name, stat) {
		return nil
	}
	gone, err := isWhiteout(f.upper, name, stat)
	if err != nil {
		return err
	}
	// A socket means nothing without its server.
	if gone || stat.Mode&unix.S_IFMT == unix.S_IFSOCK {
		if f.whole || !exists(f.lower, name) {
			return nil
		}
		return w.mark(f.at(whiteout+name), stat)
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		return w.changedFolder(f, name, stat)
	}
	return w.file(f.upper, f.at(name), name, stat)
}

func (w *walker) changedFolder(f *folder, name string, stat *unix.Stat_t) error {
	below := folder{path: f.at(name), depth: f.depth + 1, whole: f.whole}
	var err error
	if below.upper, err = openFolder(int(f.upper.Fd()), name); err != nil {
		return err
	}
	defer below.upper.Close()
	replaced, moved, err := w.origin(f, name)
	if err != nil {
		return err
	}
	if err := w.header(f.upper, below.path, name, stat, ""); err != nil {
		return err
	}
	same, err := openLower(f.lower, name)
	if err != nil {
		return err
	}
	if same != nil {
		defer same.Close()
	}
	switch {
	case !replaced && moved == "":
		below.lower, below.lowerPath = same, path.Join(f.lowerPath, name)
		return w.folder(below)
	case moved != "":
		if below.lower, err = openBeneath(w.changes.Image, moved); err != nil {
			return err
		}
		defer below.lower.Close()
		below.lowerPath = moved
	}
	if same != nil && !f.whole {
		if err := w.mark(path.Join(below.path, opaque), stat); err != nil {
			return err
		}
	}
	below.whole = true
	return w.folder(below)
}

// origin tells whether a changed folder has nothing of the image, or what of it: empty for the folder
// of the same name.
func (w *walker) origin(f *folder, name string) (replaced bool, moved string, err error) {
	mark, err := attribute(f.upper, name, opaqueAttribute)
	if err != nil || mark == "y" {
		return mark == "y", "", err
	}
	moved, err = attribute(f.upper, name, redirectAttribute)
	switch {
	case err != nil || moved == "":
		return false, "", err
	case strings.HasPrefix(moved, "/"):
		return false, path.Clean(moved)[1:], nil
	case f.lower == nil:
		return true, "", nil
	}
	return false, path.Join(f.lowerPath, moved), nil
}

// unchanged handles a name of the image in a folder that the layer has to have whole.
func (w *walker) unchanged(f *folder, name string, stat *unix.Stat_t) error {
	if exists(f.upper, name) {
		return nil // seen already, or gone
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFSOCK {
		return nil
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return w.file(f.lower, f.at(name), name, stat)
	}
	below := folder{path: f.at(name), depth: f.depth + 1, whole: true, lowerPath: path.Join(f.lowerPath, name)}
	var err error
	if below.lower, err = openFolder(int(f.lower.Fd()), name); err != nil {
		return err
	}
	defer below.lower.Close()
	if err := w.header(f.lower, below.path, name, stat, ""); err != nil {
		return err
	}
	return w.folder(below)
}
