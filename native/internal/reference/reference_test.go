package reference

import (
	"strings"
	"testing"
)

const hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

var normal = map[string]string{
	"alpine":                              "HUB/library/alpine:latest",
	"alpine:3.20":                         "HUB/library/alpine:3.20",
	"microsandbox/python":                 "HUB/microsandbox/python:latest",
	"registry.example.com/app:v1":         "registry.example.com/app:v1",
	"registry.example.com:5000/app":       "registry.example.com:5000/app:latest",
	"localhost:5000/app":                  "localhost:5000/app:latest",
	"localhost/app":                       "localhost/app:latest",
	"example.com:5000":                    "HUB/library/example.com:5000",
	"app@" + hash:                         "HUB/library/app@" + hash,
	"app:v1@" + hash:                      "HUB/library/app:v1@" + hash,
	"a__b/c-d.e":                          "HUB/a__b/c-d.e:latest",
	"127.0.0.1:5000/a/b/c:x":              "127.0.0.1:5000/a/b/c:x",
	"[::1]:5000/a":                        "[::1]:5000/a:latest",
	"HUB/alpine":                          "HUB/library/alpine:latest",
	"docker.io/alpine":                    "docker.io/library/alpine:latest",
	"index.docker.io/library/alpine":      "docker.io/library/alpine:latest",
	"ghcr.io/team/app:1.0_beta-2@" + hash: "ghcr.io/team/app:1.0_beta-2@" + hash,
}

func TestNormalForms(t *testing.T) {
	for _, hub := range []string{"", "mirror.example.com:5000"} {
		name := hub
		if name == "" {
			name = Hub
		}
		for text, expected := range normal {
			text, expected = strings.ReplaceAll(text, "HUB", name), strings.ReplaceAll(expected, "HUB", name)
			parsed, err := Parse(text, hub)
			if err != nil || parsed.String() != expected {
				t.Errorf("%s: %s %v, expected %s", text, parsed, err, expected)
			}
			again, err := Parse(parsed.String(), hub)
			if err != nil || again != parsed {
				t.Errorf("%s: its normal form gives %s %v", text, again, err)
			}
		}
	}
}

var faults = map[string]string{
	"":                              "repository name must have at least one component",
	":tag":                          "repository name must have at least one component",
	"example.com/":                  "repository name must have at least one component",
	"MyOrg/App:latest":              "invalid reference format",
	"invalid!reference:format":      "invalid reference format",
	"alpine:":                       "invalid reference format",
	"a//b":                          "invalid reference format",
	"a b":                           "invalid reference format",
	"a...b":                         "invalid reference format",
	"../b":                          "invalid reference format",
	"a/../b":                        "invalid reference format",
	"bad_domain.com:x/y":            "invalid reference format",
	"user:word@example.com/a":       "invalid checksum digest format",
	"a:" + strings.Repeat("x", 129): "invalid reference format",
	"app@":                          "invalid checksum digest format",
	"app@sha256":                    "invalid checksum digest format",
	"app@sha256:xyz":                "invalid checksum digest format",
	"app@sha256:../../x":            "invalid checksum digest format",
	"app@sha256:abcd":               "invalid checksum digest length",
	"app@md5:abcd":                  "unsupported digest algorithm",
	strings.Repeat("a", 256):        "repository name must not be more than 255 characters",
}

func TestFaults(t *testing.T) {
	for text, reason := range faults {
		_, err := Parse(text, "")
		if err == nil || err.Error() != "failed to parse OCI reference: "+reason {
			t.Errorf("%q: %v, expected %s", text, err, reason)
		}
	}
}

func TestOnlySha256CanBeFetched(t *testing.T) {
	parsed, err := Parse("app@sha512:"+strings.Repeat("0", 128), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, pinned, err := parsed.Pinned(); !pinned || err == nil {
		t.Error(pinned, err)
	}
}

// Whatever is accepted is its own normal form and cannot lead out of a repository's URL.
func FuzzParse(f *testing.F) {
	for text := range normal {
		f.Add(text)
	}
	for text := range faults {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := Parse(text, "")
		if err != nil {
			return
		}
		again, err := Parse(parsed.String(), "")
		if err != nil || again != parsed {
			t.Errorf("%q: %q, then %q %v", text, parsed, again, err)
		}
		if strings.ContainsAny(parsed.Path, " %?#\\") || strings.Contains(parsed.Path, "..") {
			t.Errorf("%q: path %q", text, parsed.Path)
		}
	})
}
