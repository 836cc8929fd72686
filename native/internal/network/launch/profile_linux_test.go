package launch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/jail/probe"
)

func TestMain(m *testing.M) {
	probe.Main()
	os.Exit(m.Run())
}

// Whoever takes the gateway over reaches out, as it does itself, and has no more than this. Being root means
// little without capabilities.
func TestJailOfTheGateway(t *testing.T) {
	folder := t.TempDir()
	needed := profile(&networkv1.Member{
		Folder: filepath.Join(folder, "net"), AuditFile: filepath.Join(folder, "denials", "box.log"),
	})
	purpose := []string{"socket: TCP", "socket: UDP", "socket: TCP over IPv6", "socket: routes", "become root"}
	if slices.Contains(needed.Read, "/etc") {
		// Not root's: where the resolvers' file is replaced, it sees what everybody may see there.
		purpose = append(purpose, "read /etc/passwd")
	}
	probe.AllDenied(t, needed, purpose...)
}

func TestFilesOfTheResolver(t *testing.T) {
	folder := t.TempDir()
	if found := resolvers(filepath.Join(folder, "none")); !slices.Equal(found, []string{filepath.Join(folder, "none")}) {
		t.Errorf("%q", found)
	}
	// Where a service replaces the file that a link leads to, the next one is meant too.
	changing, err := os.MkdirTemp("/run", "resolve-")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(changing)
	file, link := filepath.Join(changing, "resolv.conf"), filepath.Join(folder, "resolv.conf")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if found := resolvers(link); !slices.Equal(found, []string{link, changing}) {
		t.Errorf("%q", found)
	}
}
