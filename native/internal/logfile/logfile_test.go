package logfile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestAppendsAcrossRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log", "a.log")
	for _, text := range []string{"one\n", "two\n"} {
		log, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := log.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		log.Close()
	}
	if data, _ := os.ReadFile(path); string(data) != "one\ntwo\n" {
		t.Fatalf("%q", data)
	}
}

func TestRotatesAtTheLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	log, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	chunk := bytes.Repeat([]byte("x"), 300<<10)
	var all []byte
	for len(all) < 2*maxSize+maxSize/2 {
		for i := range chunk {
			chunk[i] = byte(len(all)>>10) + byte(i)
		}
		if _, err := log.Write(chunk); err != nil {
			t.Fatal(err)
		}
		all = append(all, chunk...)
	}
	old, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "a.old"))
	now, _ := os.ReadFile(path)
	if len(old) != maxSize || len(now) > maxSize {
		t.Fatalf("old %d bytes, now %d", len(old), len(now))
	}
	if !bytes.HasSuffix(all, append(old, now...)) {
		t.Fatal("bytes were lost or doubled at the rotation")
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if len(entries) != 2 {
		t.Fatalf("%v", entries)
	}
}

func TestRecoversAfterAFailure(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.log")
	log, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	log.file.Close()
	if _, err := log.Write([]byte("lost")); err == nil {
		t.Fatal("a closed file was written")
	}
	if _, err := log.Write([]byte("kept")); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(path); string(data) != "kept" {
		t.Fatalf("%q", data)
	}
}
