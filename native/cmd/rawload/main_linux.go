// Command rawload is what the bench runs in the guest, once on a volume and once on another file
// system: what programs do to a folder, each part timed. It is no part of the product.
//
//	rawload FOLDER MEBIBYTES FILES
//	rawload mount TAG FOLDER
//
// The first prints a line for each part: its name and nanoseconds. The second mounts a virtiofs.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	block     = 1 << 20
	smallSize = 1 << 10
	// perFolder keeps folders at a size that projects have.
	perFolder = 100
)

func main() {
	if len(os.Args) != 4 {
		fatal(fmt.Errorf("usage: rawload FOLDER MEBIBYTES FILES | rawload mount TAG FOLDER"))
	}
	if os.Args[1] == "mount" {
		if err := syscall.Mount(os.Args[2], os.Args[3], "virtiofs", 0, ""); err != nil {
			fatal(err)
		}
		return
	}
	mebibytes, err := strconv.Atoi(os.Args[2])
	if err != nil {
		fatal(err)
	}
	files, err := strconv.Atoi(os.Args[3])
	if err != nil {
		fatal(err)
	}
	l := &load{folder: os.Args[1], mebibytes: mebibytes, files: files}
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"write", l.write}, {"read", l.read}, {"create", l.create}, {"stat", l.stat}, {"open", l.open},
		{"list", l.list}, {"delete", l.remove},
	} {
		dropCaches()
		start := time.Now()
		if err := part.run(); err != nil {
			fatal(err)
		}
		fmt.Println(part.name, time.Since(start).Nanoseconds())
	}
}

type load struct {
	folder           string
	mebibytes, files int
}

func (l *load) large() string { return filepath.Join(l.folder, "large") }

func (l *load) small(i int) string {
	return filepath.Join(l.folder, "d"+strconv.Itoa(i/perFolder), "f"+strconv.Itoa(i))
}

func (l *load) write() error {
	file, err := os.Create(l.large())
	if err != nil {
		return err
	}
	defer file.Close()
	data := make([]byte, block)
	for range l.mebibytes {
		if _, err := file.Write(data); err != nil {
			return err
		}
	}
	return file.Close()
}

func (l *load) read() error {
	file, err := os.Open(l.large())
	if err != nil {
		return err
	}
	defer file.Close()
	data := make([]byte, block)
	for range l.mebibytes {
		if _, err := file.Read(data); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) create() error {
	data := make([]byte, smallSize)
	for i := range l.files {
		if i%perFolder == 0 {
			if err := os.Mkdir(filepath.Dir(l.small(i)), 0o755); err != nil {
				return err
			}
		}
		if err := os.WriteFile(l.small(i), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) stat() error {
	for i := range l.files {
		if _, err := os.Stat(l.small(i)); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) open() error {
	for i := range l.files {
		if _, err := os.ReadFile(l.small(i)); err != nil {
			return err
		}
	}
	return nil
}

// list is what tools do that look for changes: every entry of every folder, with its attributes.
func (l *load) list() error {
	for i := 0; i < l.files; i += perFolder {
		entries, err := os.ReadDir(filepath.Dir(l.small(i)))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if _, err := entry.Info(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *load) remove() error {
	for i := range l.files {
		if err := os.Remove(l.small(i)); err != nil {
			return err
		}
		if i%perFolder == perFolder-1 {
			if err := os.Remove(filepath.Dir(l.small(i))); err != nil {
				return err
			}
		}
	}
	return os.Remove(l.large())
}

// dropCaches lets each part begin with what the guest knows of the folder forgotten.
func dropCaches() {
	if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0); err != nil {
		fatal(err)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "rawload:", err)
	os.Exit(1)
}
