package console

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFloodIsBoundedInSizeAndRate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "console.log")
	c, err := New(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	source := &flood{}
	began := time.Now()
	c.Record(ctx, source)
	took := time.Since(began) // of a busy machine, more than was asked for
	if most := burst + 2*bytesPerSecond*(1+took.Seconds()); float64(source.given) > most {
		t.Errorf("%d bytes read in %v", source.given, took)
	}
	for range 400 {
		c.add(bytes.Repeat([]byte("y"), 16<<10))
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxFile {
		t.Errorf("file of %d bytes, %v", info.Size(), err)
	}
	if len(c.Tail(1<<30)) != keep || cap(c.tail) > 8*keep {
		t.Errorf("kept %d of %d", len(c.tail), cap(c.tail))
	}
}

type flood struct{ given int }

func (f *flood) Read(buffer []byte) (int, error) {
	f.given += len(buffer)
	return len(buffer), nil
}

func TestLastLines(t *testing.T) {
	c, err := New(filepath.Join(t.TempDir(), "console.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Record(context.Background(), strings.NewReader("one\r\ntwo\r\n\x1b[31mthree\xff\x00\r\n"))
	if got := c.LastLines(2, 100); got != "two\n[31mthree?" {
		t.Errorf("%q", got)
	}
	if got := c.LastLines(9, 5); got != "hree?" {
		t.Errorf("%q", got)
	}
	if got := string(c.Tail(4)); got != "\xff\x00\r\n" {
		t.Errorf("%q", got)
	}
}
