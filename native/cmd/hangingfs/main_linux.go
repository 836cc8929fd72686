// Command hangingfs mounts a file system that answers no lookup onto a folder, until its stdin ends. It prints a line
// when it is mounted, and one for each lookup that waits from then on. It is run by tests as root and is no part of the
// product.
//
//	hangingfs FOLDER
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"sandboxfile/native/internal/hangingfs"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "hangingfs:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return errors.New("usage: hangingfs FOLDER")
	}
	mounted, err := hangingfs.Mount(os.Args[1], func() { fmt.Println("asked") })
	if err != nil {
		return err
	}
	fmt.Println("mounted")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, mounted.Release())
}
