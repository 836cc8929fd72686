//go:build linux

package image

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/treetest"
)

func peer(t *testing.T, program string, arguments ...string) {
	t.Helper()
	if output, err := exec.Command(program, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", program, arguments, err, output)
	}
}

func needPeers(t *testing.T, programs ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("owners and mounts need root")
	}
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
}

// newLayered lets umoci make an image: each change of the tree becomes a layer.
func newLayered(t *testing.T, changes ...func(root string)) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "layout")
	image := folder + ":latest"
	peer(t, "umoci", "init", "--layout", folder)
	peer(t, "umoci", "new", "--image", image)
	peer(t, "umoci", "config", "--image", image, "--architecture", "amd64", "--os", "linux")
	for i, change := range changes {
		bundle := filepath.Join(t.TempDir(), fmt.Sprint(i))
		peer(t, "umoci", "unpack", "--image", image, bundle)
		change(filepath.Join(bundle, "rootfs"))
		peer(t, "umoci", "repack", "--image", image, bundle)
	}
	return folder
}

func layeredChanges(t *testing.T) []func(string) {
	return []func(string){
		func(root string) {
			must(t,
				os.MkdirAll(root+"/usr/lib/deep/er", 0o755),
				os.Symlink("usr/lib", root+"/lib"),
				os.WriteFile(root+"/usr/lib/a", []byte("first"), 0o644),
				os.Link(root+"/usr/lib/a", root+"/usr/lib/b"),
				os.WriteFile(root+"/usr/lib/setuid", []byte("s"), 0o755), os.Chown(root+"/usr/lib/setuid", 5, 70_000),
				unix.Chmod(root+"/usr/lib/setuid", 0o4755),
				unix.Setxattr(root+"/usr/lib/setuid", "user.note", []byte("x\x00y"), 0),
				os.MkdirAll(root+"/gone/with/files", 0o700), os.WriteFile(root+"/gone/with/files/f", nil, 0o600),
				os.WriteFile(root+"/becomes-folder", []byte("file"), 0o600),
				os.MkdirAll(root+"/becomes-file/x", 0o700),
				os.MkdirAll(root+"/tmp", 0o777), unix.Chmod(root+"/tmp", 0o1777),
				unix.Mknod(root+"/null", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))), unix.Mkfifo(root+"/pipe", 0o600),
				os.WriteFile(root+"/large", make([]byte, 3<<20+1), 0o600),
			)
		},
		func(root string) {
			must(t,
				os.RemoveAll(root+"/gone"), os.Remove(root+"/becomes-folder"), os.Mkdir(root+"/becomes-folder", 0o755),
				os.WriteFile(root+"/becomes-folder/new", []byte("n"), 0o644),
				os.RemoveAll(root+"/becomes-file"), os.WriteFile(root+"/becomes-file", []byte("now"), 0o644),
				os.WriteFile(root+"/usr/lib/deep/er/x", []byte("x"), 0o644), os.Chmod(root+"/usr/lib", 0o711),
			)
		},
		func(root string) {
			must(t, os.Remove(root+"/usr/lib/a"), os.Remove(root+"/null"), os.MkdirAll(root+"/gone/again", 0o755),
				os.Remove(root+"/lib"), os.Mkdir(root+"/lib", 0o755))
		},
	}
}

func TestSameTreeAsUmoci(t *testing.T) {
	needPeers(t, "umoci")
	folder := newLayered(t, layeredChanges(t)...)
	bundle := filepath.Join(t.TempDir(), "bundle")
	peer(t, "umoci", "unpack", "--image", folder+":latest", bundle)
	expected := treetest.Describe(t, filepath.Join(bundle, "rootfs"))
	found := treetest.Describe(t, treetest.Mount(t, resolve(t, newResolver(t), folder+"#latest").RootDisk))
	// No layer has an entry for the root: its time is nobody's.
	delete(expected, ".")
	delete(found, ".")
	treetest.Compare(t, found, expected)
}

// The same image in each form that it may be stored in, each in a store of its own: the same bytes.
func TestFormsOfOneImage(t *testing.T) {
	needPeers(t, "umoci", "skopeo", "fsck.erofs")
	layout := newLayered(t, layeredChanges(t)...)
	first := resolve(t, newResolver(t), layout).RootDisk
	peer(t, "fsck.erofs", first)
	expected := sumOf(t, first)
	folder := t.TempDir()
	for name, target := range map[string][]string{
		"docker archive":    {"docker-archive:%s:example.com/app:v1"},
		"OCI archive":       {"oci-archive:%s"},
		"OCI layout":        {"oci:%s:v1"},
		"OCI layout, zstd":  {"oci:%s:v1", "--dest-compress-format", "zstd"},
		"OCI layout, plain": {"oci:%s:v1", "--dest-decompress"},
	} {
		path := filepath.Join(folder, name)
		arguments := []string{"copy", "--quiet", "oci:" + layout + ":latest", fmt.Sprintf(target[0], path)}
		if name == "OCI layout, plain" {
			arguments = []string{"copy", "--quiet", "oci:" + layout + ":latest", "dir:" + path + ".dir", "--dest-decompress"}
			peer(t, "skopeo", arguments...)
			arguments = []string{"copy", "--quiet", "dir:" + path + ".dir", fmt.Sprintf(target[0], path)}
		} else {
			arguments = append(arguments, target[1:]...)
		}
		peer(t, "skopeo", arguments...)
		if found := sumOf(t, resolve(t, newResolver(t), path).RootDisk); found != expected {
			t.Errorf("%s: other bytes", name)
		}
	}
	if again := sumOf(t, resolve(t, newResolver(t), layout).RootDisk); again != expected {
		t.Error("a second import has other bytes")
	}
}
