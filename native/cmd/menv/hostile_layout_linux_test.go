package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// The forms of an OCI layout, written by hand so that they can say anything.

type hostileLayer struct {
	stored []byte
	diffID string
}

type hostileManifest struct {
	Layers  []hostileDescriptor
	DiffIDs []string
	Config  map[string]any
	Index   map[string]any
	Blobs   map[string][]byte // by digest; more may be put in, or taken away
}

type hostileDescriptor struct {
	MediaType string            `json:"mediaType"`
	Digest    string            `json:"digest"`
	Size      int64             `json:"size"`
	URLs      []string          `json:"urls,omitempty"`
	Platform  map[string]string `json:"platform,omitempty"`
}

const (
	indexType    = "application/vnd.oci.image.index.v1+json"
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func writeLayout(t *testing.T, folder string, image hostileImage) {
	t.Helper()
	m := &hostileManifest{Blobs: make(map[string][]byte)}
	for _, layer := range image.layers {
		m.Layers = append(m.Layers, hostileDescriptor{MediaType: layerType, Digest: m.put(layer.stored), Size: int64(len(layer.stored))})
		m.DiffIDs = append(m.DiffIDs, layer.diffID)
	}
	m.Config = map[string]any{"architecture": runtime.GOARCH, "os": "linux", "config": map[string]any{}}
	if image.change != nil {
		image.change(m)
	}
	if m.Config["rootfs"] == nil {
		m.Config["rootfs"] = map[string]any{"type": "layers", "diff_ids": m.DiffIDs}
	}
	config := encode(m.Config)
	manifest := encode(map[string]any{
		"schemaVersion": 2, "mediaType": manifestType, "layers": m.Layers,
		"config": hostileDescriptor{MediaType: configType, Digest: m.put(config), Size: int64(len(config))},
	})
	if m.Index == nil {
		m.Index = map[string]any{"schemaVersion": 2, "manifests": []map[string]any{{
			"mediaType": manifestType, "digest": m.put(manifest), "size": len(manifest),
			"annotations": map[string]string{"org.opencontainers.image.ref.name": "latest"},
		}}}
	}
	blobs := filepath.Join(folder, "blobs/sha256")
	must(t, os.MkdirAll(blobs, 0o755))
	must(t, os.WriteFile(filepath.Join(folder, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644))
	must(t, os.WriteFile(filepath.Join(folder, "index.json"), encode(m.Index), 0o644))
	for digest, data := range m.Blobs {
		must(t, os.WriteFile(filepath.Join(blobs, digest[len("sha256:"):]), data, 0o644))
	}
}

// put gives the digest of a new blob.
func (m *hostileManifest) put(data []byte) string {
	digest := digestOf(data)
	m.Blobs[digest] = data
	return digest
}

func encode(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return data
}

// entry is one header with its contents.
type entry struct {
	tar.Header
	content string
}

var entryTime = time.Unix(1_700_000_000, 0)

func dir(name string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}}
}
func file(name string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, content: "content of " + name}
}
func whiteout(name string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}}
}
func symlink(name, to string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to, Mode: 0o777}}
}
func hardlink(name, to string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: to, Mode: 0o644}}
}
func node(kind byte, name string, major, minor int64) entry {
	return entry{Header: tar.Header{Typeflag: kind, Name: name, Mode: 0o600, Devmajor: major, Devminor: minor}}
}

func (e entry) with(change func(*tar.Header)) entry {
	change(&e.Header)
	return e
}

func archive(entries ...entry) []byte {
	var data bytes.Buffer
	writer := tar.NewWriter(&data)
	for _, e := range entries {
		e.Size, e.ModTime = int64(len(e.content)), entryTime
		if err := writer.WriteHeader(&e.Header); err != nil {
			panic(fmt.Errorf("%q: %w", e.Name, err))
		}
		if _, err := io.WriteString(writer, e.content); err != nil {
			panic(err)
		}
	}
	if err := writer.Close(); err != nil {
		panic(err)
	}
	return data.Bytes()
}

func layer(entries ...entry) hostileLayer { return gzipped(archive(entries...)) }

func gzipped(plain []byte) hostileLayer {
	return hostileLayer{stored: zipped(plain), diffID: digestOf(plain)}
}

func zipped(plain []byte) []byte {
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	if _, err := writer.Write(plain); err != nil {
		panic(err)
	}
	if err := writer.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
