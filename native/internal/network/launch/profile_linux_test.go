package launch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sandboxfile/native/internal/jail/probe"
)

func TestMain(m *testing.M) {
	probe.Main()
	os.Exit(m.Run())
}

// Whoever takes the gateway over reaches out, as it does itself, and has no more than this: where the resolvers' file
// is replaced, it sees what everybody may see there.
func TestJailOfTheGateway(t *testing.T) {
	purpose := []string{"socket: TCP", "socket: UDP", "socket: TCP over IPv6", "socket: routes", "read /etc/passwd"}
	probe.AllDenied(t, profile(), purpose...)
}

// A root that has chosen authorities which nobody else may read has a gateway that reads them.
func TestAuthoritiesOfRoot(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "authorities.pem")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(certificateFile, file)
	if profile().OwnUser {
		t.Error("another user cannot read them")
	}
	t.Setenv(certificateFile, "/etc/passwd")
	t.Setenv(certificateFolders, filepath.Join(folder, "absent"))
	if !profile().OwnUser {
		t.Error("everybody can read them")
	}
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
