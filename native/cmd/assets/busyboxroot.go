package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"strings"
	"time"
)

// busyboxRoot is the built-in image's one layer: the program, its applets as links, and the few
// files that programs expect everywhere.
func busyboxRoot(program, copyright debianFile) ([]byte, error) {
	applets, err := appletNames(program.data)
	if err != nil {
		return nil, err
	}
	root := &layer{modified: program.modified}
	root.tar = tar.NewWriter(&root.data)
	for _, folder := range []string{
		"", "bin/", "dev/", "etc/", "home/", "mnt/", "opt/", "proc/", "run/", "sbin/", "srv/", "sys/",
		"usr/", "usr/bin/", "usr/local/", "usr/local/bin/", "usr/sbin/", "usr/share/", "usr/share/doc/",
		"usr/share/doc/busybox-static/", "var/", "var/lib/", "var/log/",
	} {
		root.folder(folder, 0o755)
	}
	root.folder("root/", 0o700)
	root.folder("tmp/", 0o1777)
	root.folder("var/tmp/", 0o1777)
	root.file("bin/busybox", 0o755, program.data)
	for _, applet := range applets {
		root.add(&tar.Header{Typeflag: tar.TypeLink, Name: "./bin/" + applet, Linkname: "bin/busybox", Mode: 0o755}, nil)
	}
	// Scripts name these by path.
	root.add(&tar.Header{Typeflag: tar.TypeSymlink, Name: "./usr/bin/env", Linkname: "../../bin/env", Mode: 0o777}, nil)
	root.file("etc/passwd", 0o644, []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n"))
	root.file("etc/group", 0o644, []byte("root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"))
	root.file("etc/shadow", 0o640, []byte("root:*:::::::\nnobody:*:::::::\n"))
	root.file("etc/shells", 0o644, []byte("/bin/sh\n/bin/ash\n"))
	root.file("etc/nsswitch.conf", 0o644, []byte("passwd: files\ngroup: files\nhosts: files dns\n"))
	root.file("usr/share/doc/busybox-static/copyright", 0o644, copyright.data)
	if root.err == nil {
		root.err = root.tar.Close()
	}
	return root.data.Bytes(), root.err
}

type layer struct {
	data     bytes.Buffer
	tar      *tar.Writer
	modified time.Time // all times are the program's: same package, same bytes
	err      error
}

func (l *layer) folder(name string, mode int64) {
	l.add(&tar.Header{Typeflag: tar.TypeDir, Name: "./" + name, Mode: mode}, nil)
}

func (l *layer) file(name string, mode int64, content []byte) {
	l.add(&tar.Header{Typeflag: tar.TypeReg, Name: "./" + name, Mode: mode, Size: int64(len(content))}, content)
}

func (l *layer) add(header *tar.Header, content []byte) {
	if l.err != nil {
		return
	}
	header.ModTime = l.modified
	if l.err = l.tar.WriteHeader(header); l.err == nil {
		_, l.err = l.tar.Write(content)
	}
}

// appletNames reads the program's own sorted table of NUL-terminated names, so that it need not
// run here: it may be another architecture's.
func appletNames(program []byte) ([]string, error) {
	start := bytes.Index(program, []byte("\x00[\x00[[\x00"))
	if start < 0 {
		return nil, errors.New("busybox: no table of applets")
	}
	var names []string
	for rest := program[start+1:]; ; {
		name, after, found := bytes.Cut(rest, []byte{0})
		if !found {
			return nil, errors.New("busybox: the table of applets does not end")
		}
		if len(name) == 0 {
			return names, nil
		}
		if strings.ContainsAny(string(name), "/ ") || len(name) > 32 {
			return nil, errors.New("busybox: the table of applets has no such form")
		}
		if string(name) != "busybox" {
			names = append(names, string(name))
		}
		rest = after
	}
}
