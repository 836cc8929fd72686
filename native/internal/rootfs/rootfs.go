// Package rootfs writes read-only file system images for the guest. Callers see entries; which
// file system holds them is decided in one place, New.
package rootfs

import (
	"io"
	"os"
	"time"
)

// Writer makes one image. Entries come parents first, a hard link after its target.
type Writer interface {
	// Add puts one entry; content is read for a regular file only and has entry.Size bytes.
	Add(entry *Entry, content io.Reader) error
	// Close completes the image; after a failed Add it only releases what the writer holds.
	Close() error
}

// Entry is one name in an image.
type Entry struct {
	// Path has no leading slash and only plain components; "." is the root. Any bytes but NUL.
	Path    string
	Type    Type
	Mode    uint16 // permission, setuid, setgid and sticky bits
	UID     int
	GID     int
	ModTime time.Time
	Size    int64  // Regular
	Link    string // Symlink: what it says; Hardlink: path of the target
	Major   int64  // CharDevice, BlockDevice
	Minor   int64
	Xattrs  map[string]string
}

type Type uint8

const (
	Regular Type = iota + 1
	Directory
	Symlink
	Hardlink
	CharDevice
	BlockDevice
	Fifo
)

// New starts an image in an empty file. Nothing of it is durable before the caller syncs the file.
func New(file *os.File) Writer {
	return newErofs(file)
}
