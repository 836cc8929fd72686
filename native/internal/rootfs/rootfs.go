// Package rootfs writes read-only file system images for the guest. Callers see entries; which
// file system holds them is decided in one place, New.
package rootfs

import (
	"io"
	"os"
	"time"
)

// Writer makes one image. Entries come parents first, a hard link after its target. Contents may be
// stored long before the entry that names them; what no entry names takes no space in the end.
type Writer interface {
	// Store takes the contents of a regular file. A failure of the reader is a ReadError.
	Store(content io.Reader, size int64) (Contents, error)
	// Add puts one entry.
	Add(entry *Entry) error
	// Close completes the image; after a failed call it only releases what the writer holds.
	Close() error
}

// Contents is what a writer has stored; the zero value is empty.
type Contents struct {
	block uint32 // first block
	size  int64
}

// Size is in bytes.
func (c Contents) Size() int64 { return c.size }

// ReadError is a failure of what contents were read from, not of the image.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return e.Err.Error() }
func (e *ReadError) Unwrap() error { return e.Err }

// Entry is one name in an image.
type Entry struct {
	// Path has no leading slash and only plain components; "." is the root. Any bytes but NUL.
	Path     string
	Type     Type
	Mode     uint16 // permission, setuid, setgid and sticky bits
	UID      uint32
	GID      uint32
	ModTime  time.Time
	Contents Contents // Regular
	Link     string   // Symlink: what it says; Hardlink: path of the target
	Device   Device   // CharDevice, BlockDevice
	Xattrs   map[string]string
}

// Device is a device's number.
type Device struct{ Major, Minor uint32 }

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
// Runs of zeros in the image are holes of the file where its file system has them.
func New(file *os.File) Writer {
	return newErofs(file)
}
