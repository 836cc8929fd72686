package qemu

import (
	"fmt"
	"os"
	"slices"

	"sandboxfile/native/internal/disk"
)

// firstSet numbers the sets of descriptors of the command line; QEMU numbers those that come later
// from 0 on.
const firstSet = 1000

// descriptors are what QEMU inherits from the third on: it opens no file by a path of the host's, where
// what it may see can have changed meanwhile.
type descriptors struct {
	files []*os.File
	// own are those of files that were opened here.
	own []*os.File
	// reopened are those that QEMU opens once more, by the number.
	reopened []*os.File
	inSets   [][]int
	err      error
}

func (d *descriptors) add(file *os.File) int {
	d.files = append(d.files, file)
	return 2 + len(d.files)
}

// anew names a file that QEMU opens by itself, with what rights it likes.
func (d *descriptors) anew(file *os.File) string {
	d.reopened = append(d.reopened, file)
	return fmt.Sprintf("/dev/fd/%d", d.add(file))
}

// open is anew of a file of that path, to be read; an empty path has no name.
func (d *descriptors) open(path string) string {
	if path == "" {
		return ""
	}
	file := d.opened(path, os.O_RDONLY)
	if file == nil {
		return ""
	}
	return d.anew(file)
}

// disk names an opened file for a block device, with which QEMU can do no more than this; an empty path
// has no name. What can be written can also be made read-only later.
func (d *descriptors) disk(path string, readOnly bool) string {
	if path == "" {
		return ""
	}
	var set []int
	for _, flags := range diskFlags(readOnly) {
		if file := d.opened(path, flags); file != nil {
			set = append(set, d.add(file))
		}
	}
	d.inSets = append(d.inSets, set)
	return setName(firstSet + len(d.inSets) - 1)
}

func diskFlags(readOnly bool) []int {
	if readOnly {
		return []int{os.O_RDONLY}
	}
	return []int{os.O_RDONLY, os.O_RDWR}
}

// chain names the layers of a disk, of which the last is written to.
func (d *descriptors) chain(chain disk.Chain) disk.Chain {
	named := slices.Clone(chain)
	for i := range named {
		named[i].Path = d.disk(chain[i].Path, i < len(chain)-1)
	}
	return named
}

func (d *descriptors) sets() []string {
	var args []string
	for i, set := range d.inSets {
		for _, number := range set {
			args = append(args, "-add-fd", fmt.Sprintf("fd=%d,set=%d", number, firstSet+i))
		}
	}
	return args
}

// opened is nil after an error, which stays.
func (d *descriptors) opened(path string, flags int) *os.File {
	if d.err != nil {
		return nil
	}
	file, err := os.OpenFile(path, flags, 0)
	if err != nil {
		d.err = err
		return nil
	}
	d.own = append(d.own, file)
	return file
}

// closeOwn is for when QEMU has them.
func (d *descriptors) closeOwn() {
	for _, file := range d.own {
		file.Close()
	}
}

func setName(number int) string { return fmt.Sprintf("/dev/fdset/%d", number) }
