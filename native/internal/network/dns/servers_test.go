package dns

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Whom the host's file names, whatever is put in its place.
func TestServersOfAChangingFile(t *testing.T) {
	folder := t.TempDir()
	path, other := filepath.Join(folder, "resolv.conf"), filepath.Join(folder, "other.conf")
	servers := ServersOf(path)
	named := func(when string, addresses ...string) {
		t.Helper()
		var want []netip.AddrPort
		for _, address := range addresses {
			want = append(want, netip.AddrPortFrom(netip.MustParseAddr(address), port))
		}
		before := servers.list
		changes := servers.changes
		servers.look()
		if got := servers.List(); !slices.Equal(got, want) {
			t.Errorf("%s: %v", when, got)
		}
		if changed := !slices.Equal(before, want); changed != (servers.changes > changes) {
			t.Errorf("%s: a change is told: %v", when, !changed)
		}
	}
	put := func(path, content string) {
		t.Helper()
		when := time.Unix(1e9, 0)
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chtimes(path, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	named("without a file", "127.0.0.1")
	put(path, "nameserver 10.0.0.1\nnameserver fd00::1\nsearch example\nnameserver nonsense\n")
	named("with a file", "10.0.0.1", "fd00::1")
	named("the second time", "10.0.0.1", "fd00::1")
	put(other, "nameserver 10.0.0.2\nnameserver fd00::2\nsearch example\nnameserver nonsense\n")
	if err := errors.Join(os.Symlink(other, path+".new"), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
	named("a link to one of the same size and time", "10.0.0.2", "fd00::2")
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	named("one that cannot be read", "10.0.0.2", "fd00::2")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	put(path, "# nobody\n")
	named("one that names nobody", "127.0.0.1")
}
