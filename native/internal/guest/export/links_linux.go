package export

import (
	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/fault"
)

// maxLinkBytes bounds what is kept of files with several names.
const maxLinkBytes = 8 << 20

// links remembers the first name of each file that has several.
type links struct {
	names map[inode]string
	bytes int
}

type inode struct{ device, number uint64 }

func newLinks() *links { return &links{names: make(map[inode]string)} }

// first is the name under which the layer has the file: its own for one that is new.
func (l *links) first(stat *unix.Stat_t, name string) (string, error) {
	if stat.Nlink < 2 {
		return name, nil
	}
	file := inode{stat.Dev, stat.Ino}
	if first, seen := l.names[file]; seen {
		return first, nil
	}
	const overhead = 64 // an entry's own
	if l.bytes += len(name) + overhead; l.bytes > maxLinkBytes {
		return "", fault.Limit("files with several names in one layer")
	}
	l.names[file] = name
	return name, nil
}
