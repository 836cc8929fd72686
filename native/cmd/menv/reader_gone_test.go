package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

func TestReaderGoneEndsTheWork(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	ctx, cancel := untilReaderGone(context.Background(), writer)
	defer cancel()
	if _, err := writer.WriteString("read me"); err != nil || ctx.Err() != nil {
		t.Fatal(err, ctx.Err())
	}
	reader.Close()
	<-ctx.Done()
}

func TestFilesHaveNoReader(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ctx, cancel := untilReaderGone(context.Background(), file)
	if ctx.Err() != nil {
		t.Error(ctx.Err())
	}
	cancel()
	<-ctx.Done()
}
