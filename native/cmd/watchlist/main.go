//go:build linux

// Command watchlist watches files and folders and prints what the kernel tells of them, a line each: what, and
// the name in the folder. It is run by tests in guests and is no part of the product.
//
//	watchlist PATH...
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

var kinds = []struct {
	bit  uint32
	name string
}{
	{unix.IN_MODIFY, "modify"}, {unix.IN_ATTRIB, "attributes"}, {unix.IN_CLOSE_WRITE, "written"},
	{unix.IN_CREATE, "create"}, {unix.IN_DELETE, "delete"}, {unix.IN_DELETE_SELF, "gone"},
}

const headBytes = 16

func main() {
	if err := watch(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "watchlist:", err)
		os.Exit(1)
	}
}

func watch(paths []string) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return err
	}
	var mask uint32
	for _, kind := range kinds {
		mask |= kind.bit
	}
	for _, path := range paths {
		if _, err := unix.InotifyAddWatch(fd, path, mask); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	fmt.Println("watching")
	buffer := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buffer)
		if err != nil {
			return err
		}
		for rest := buffer[:n]; len(rest) >= headBytes; {
			end := headBytes + int(binary.LittleEndian.Uint32(rest[12:]))
			name, _, _ := bytes.Cut(rest[headBytes:end], []byte{0})
			for _, kind := range kinds {
				if binary.LittleEndian.Uint32(rest[4:])&kind.bit != 0 {
					fmt.Printf("%s %s\n", kind.name, name)
				}
			}
			rest = rest[end:]
		}
	}
}
