package imagearchive

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"sandboxfile/native/internal/image"
)

func skopeo(t *testing.T, arguments ...string) []byte {
	t.Helper()
	var problem strings.Builder
	command := exec.Command("skopeo", arguments...)
	command.Stderr = &problem
	output, err := command.Output()
	if err != nil {
		t.Fatalf("skopeo %v: %v: %s", arguments, err, problem.String())
	}
	return output
}

// Images that skopeo has written, saved in each format, are what skopeo reads.
func TestSkopeoReadsWhatIsSaved(t *testing.T) {
	if _, err := exec.LookPath("skopeo"); err != nil {
		t.Skip("skopeo is not installed")
	}
	first := filepath.Join(t.TempDir(), "first")
	path, err := layout.Write(first, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	name := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": "v1"})
	if err := path.AppendImage(newImage(t, 3), name); err != nil {
		t.Fatal(err)
	}
	for _, origin := range []struct{ name, target string }{
		{"OCI", "oci:%s:example.com/app:v1"},
		{"OCI, zstd", "oci:%s:example.com/app:v1"},
		{"docker archive", "docker-archive:%s:example.com/app:v1"},
		{"docker manifest", ""},
	} {
		t.Run(origin.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "image")
			arguments := []string{"copy", "--quiet"}
			if origin.name == "OCI, zstd" {
				arguments = append(arguments, "--dest-compress-format", "zstd")
			}
			if origin.target != "" {
				skopeo(t, append(arguments, "oci:"+first+":v1", fmt.Sprintf(origin.target, path))...)
			} else {
				made, err := layout.Write(path, empty.Index)
				if err != nil {
					t.Fatal(err)
				}
				appendImage(t, made, newDockerImage(t, 2), "example.com/app:v1")
			}
			loader := newLoader(t)
			loaded := load(t, loader, path)
			if len(loaded) != 1 || loaded[0].Reference != "example.com/app:v1" {
				t.Fatalf("%+v", loaded)
			}
			for format, place := range map[Format]string{
				DockerArchive: "docker-archive:%s:example.com/app:v1", OCIArchive: "oci-archive:%s:v1", OCILayout: "oci:%s:v1",
			} {
				saved := filepath.Join(t.TempDir(), "saved")
				save(t, loader, request(t, loaded, saved, format))
				expected, one := loader, loaded[0]
				if format != DockerArchive && origin.target == "" {
					// Converted, and so another image for those who go by digest.
					expected = newLoader(t)
					one = load(t, expected, saved)[0]
				}
				checkInspected(t, expected, one, format, skopeo(t, "inspect", fmt.Sprintf(place, saved)))
			}
		})
	}
}

func checkInspected(t *testing.T, loader *image.Loader, one image.Loaded, format Format, output []byte) {
	t.Helper()
	var found struct {
		Digest       string
		Architecture string
		Layers       []string
	}
	if err := json.Unmarshal(output, &found); err != nil {
		t.Fatal(err)
	}
	entry, err := loader.Store.Entry(*find(t, loader, one))
	if err != nil {
		t.Fatal(err)
	}
	var expected []string
	for _, layer := range entry.Layers {
		if format == DockerArchive {
			expected = append(expected, layer.DiffID)
		} else {
			expected = append(expected, layer.Digest)
		}
	}
	if !slices.Equal(found.Layers, expected) || found.Architecture != "amd64" {
		t.Errorf("%s: %+v, expected %v", format, found, expected)
	}
	if format != DockerArchive && found.Digest != one.Digest {
		t.Errorf("%s: digest %s, expected %s", format, found.Digest, one.Digest)
	}
}
