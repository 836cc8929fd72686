// Package console keeps the end of the guest kernel's console. A hostile guest prints without end:
// what is read is bounded in rate, what is kept in size.
package console

import (
	"context"
	"io"
	"os"
	"sync"

	"golang.org/x/time/rate"
)

const (
	// keep is how much of the console's end stays readable.
	keep = 256 << 10
	// maxFile is where the file is cut back to what is kept.
	maxFile = 1 << 20
	// bytesPerSecond lets a boot's messages through at once and makes a flood cheap. The VMM drops
	// what is not read.
	bytesPerSecond = 1 << 20
	burst          = 256 << 10
)

// Console records one guest's console.
type Console struct {
	path string
	mu   sync.Mutex
	tail []byte // at most 2*keep, cut back to keep
	file *os.File
	size int
}

// New records to the file at path, made anew.
func New(path string) (*Console, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &Console{path: path, file: file}, nil
}

// Record reads source until it ends or ctx does.
func (c *Console) Record(ctx context.Context, source io.Reader) {
	limit := rate.NewLimiter(bytesPerSecond, burst)
	buffer := make([]byte, 16<<10)
	for {
		n, err := source.Read(buffer)
		c.add(buffer[:n])
		if err != nil || limit.WaitN(ctx, n) != nil {
			return
		}
	}
}

// Tail returns the last size bytes.
func (c *Console) Tail(size int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := len(c.tail) - min(size, keep, len(c.tail))
	return append([]byte(nil), c.tail[from:]...)
}

// Close ends the record.
func (c *Console) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	file := c.file
	c.file = nil
	if file == nil {
		return nil
	}
	return file.Close()
}

func (c *Console) add(data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tail = append(c.tail, data...)
	if len(c.tail) > 2*keep {
		c.tail = c.tail[:copy(c.tail, c.tail[len(c.tail)-keep:])]
	}
	if c.file == nil {
		return
	}
	if c.size+len(data) > maxFile {
		c.rewrite()
		return
	}
	// A console that cannot be written is still readable over the socket.
	n, _ := c.file.WriteAt(data, int64(c.size))
	c.size += n
}

func (c *Console) rewrite() {
	c.size = 0
	if c.file.Truncate(0) != nil {
		return
	}
	n, _ := c.file.WriteAt(c.tail[len(c.tail)-min(keep, len(c.tail)):], 0)
	c.size = n
}
