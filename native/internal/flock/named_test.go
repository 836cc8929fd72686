package flock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Who waits for a lock whose file is removed by its holder gets the lock of the next file, not the
// dead one's.
func TestLockOfARemovedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Named(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan func())
	go func() {
		unlock, err := Named(t.Context(), path)
		if err != nil {
			t.Error(err)
		}
		waited <- unlock
	}()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	first()
	second := <-waited
	if _, err := TryNamed(path); !errors.Is(err, ErrHeld) {
		t.Errorf("two have the lock: %v", err)
	}
	second()
	third, err := TryNamed(path)
	if err != nil {
		t.Fatal(err)
	}
	third()
}

func TestSharedAndExclusive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	one, err := Shared(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Shared(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := TryLock(path); !errors.Is(err, ErrHeld) {
		t.Errorf("exclusive beside shared: %v", err)
	}
	one()
	two()
	exclusive, err := TryLock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer exclusive()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Shared(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("shared beside exclusive: %v", err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if held, err := IsHeld(file); err != nil || !held {
		t.Error(held, err)
	}
}
