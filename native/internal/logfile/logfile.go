// Package logfile appends guest output to a sandbox's log and rotates it.
package logfile

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// maxSize is where a log becomes the old one.
const maxSize = 10 << 20

// File is an open log. A log that cannot be written loses lines; it never stops the program.
type File struct {
	path string
	mu   sync.Mutex
	file *os.File // nil after a failure; the next write tries again
	size int64
}

// Open appends to the log at path, whose folder is made when missing.
func Open(path string) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	log := &File{path: path}
	return log, log.open()
}

// Write appends data as it is.
func (l *File) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	written := 0
	for written < len(data) {
		if err := l.makeRoom(); err != nil {
			return written, err
		}
		part := data[written:min(int64(len(data)), int64(written)+maxSize-l.size)]
		n, err := l.file.Write(part)
		written += n
		l.size += int64(n)
		if err != nil {
			l.file.Close()
			l.file = nil
			return written, err
		}
	}
	return written, nil
}

// Close ends the log.
func (l *File) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

func (l *File) makeRoom() error {
	if l.file == nil {
		if err := l.open(); err != nil {
			return err
		}
	}
	if l.size < maxSize {
		return nil
	}
	if err := os.Rename(l.path, oldPath(l.path)); err != nil {
		return err
	}
	l.file.Close()
	l.file = nil
	return l.open()
}

func (l *File) open() error {
	file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	l.file, l.size = file, info.Size()
	return nil
}

func oldPath(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + ".old"
}
