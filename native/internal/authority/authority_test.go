package authority

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"sandboxfile/native/internal/durable"
)

// Many begin at once: one is made, and only its owner can read it.
func TestEnsure(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "project")
	found := make([]*Authority, 8)
	var all sync.WaitGroup
	for n := range found {
		all.Go(func() {
			var err error
			if found[n], err = Ensure(t.Context(), folder); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, one := range found {
		if !one.Certificate.Equal(found[0].Certificate) {
			t.Error("there are two")
		}
	}
	info, err := os.Stat(filepath.Join(folder, FileName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestKilledMakersLeaveNothing(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, ".tmp-1"), []byte("a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Ensure(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	if left, err := durable.Leftovers(folder); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestDamaged(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, FileName), []byte("-----BEGIN CERTIFICATE-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Ensure(t.Context(), folder); err == nil {
		t.Error("what is no authority is taken for one, or was replaced")
	}
}

func TestLeaves(t *testing.T) {
	made, err := Ensure(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	key, err := made.Key()
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := Decode(made.Certificate.Raw, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(made.PEM()) {
		t.Fatal("no PEM")
	}
	leaves := NewLeaves(decoded)
	one, err := leaves.For("api.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "api.example.com"}); err != nil {
		t.Error(err)
	}
	if _, err := one.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "www.example.com"}); err == nil {
		t.Error("it is for other names, too")
	}
	if again, err := leaves.For("api.example.com"); err != nil || again != one {
		t.Error("it is made each time")
	}
	for n := range 2 * maxLeaves {
		if _, err := leaves.For(fmt.Sprintf("%d.example.com", n)); err != nil {
			t.Fatal(err)
		}
	}
	if len(leaves.made) > maxLeaves {
		t.Errorf("%d are remembered", len(leaves.made))
	}
}

func TestForeignKey(t *testing.T) {
	one, err := Ensure(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	other, err := Ensure(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	key, err := other.Key()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(one.Certificate.Raw, key); err == nil {
		t.Error("another's key signs")
	}
}
