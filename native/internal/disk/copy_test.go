package disk

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A copy has what the disk has, and is another file.
func TestCopyIsTheDiskOfItsMoment(t *testing.T) {
	source := sparseFile(t, 64<<20, 0, 1<<20, 63<<20)
	folder := t.TempDir()
	copied, err := Copy(t.Context(), folder, Single(source))
	if err != nil || len(copied) != 1 || filepath.Dir(copied.Top().Path) != folder {
		t.Fatalf("%v, %v", copied, err)
	}
	if err := copied.Check(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if used := copied.Allocated(); used > 1<<20 {
		t.Errorf("%d bytes allocated", used)
	}
	if err := os.WriteFile(source, []byte("it goes on"), 0o600); err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(copied.Top().Path); err != nil || !bytes.Equal(now, before) {
		t.Errorf("another disk, %v", err)
	}
}

func TestCopyEndsWhenItIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := Copy(ctx, t.TempDir(), Single(sparseFile(t, 64<<20, 0, 1<<20))); !errors.Is(err, cause) {
		t.Error(err)
	}
}
