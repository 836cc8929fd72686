package main

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

func TestHostileManifests(t *testing.T) {
	two := []hostileLayer{layer(file("a")), layer(file("b"))}
	other := digestOf([]byte("other"))
	changed := func(change func(*hostileManifest), cause string) hostileImage {
		return bad(hostileImage{layers: two, change: change}, cause)
	}
	index := func(m *hostileManifest, descriptors ...hostileDescriptor) {
		m.Index = map[string]any{"schemaVersion": 2, "mediaType": indexType, "manifests": descriptors}
	}
	tryAll(t, newOutside(t), map[string]hostileImage{
		"another compressed digest": changed(func(m *hostileManifest) {
			m.Blobs[other] = two[1].stored
			m.Layers[1].Digest = other
		}, `^layer 2 of 2 \(`+other+`\): digest is sha256:.*, expected `+other+`$`),
		"another diff id": changed(func(m *hostileManifest) { m.DiffIDs[0] = other },
			`^layer 1 of 2 \(sha256:.*\): diff id is sha256:.*, expected `+other+`$`),
		"larger than it says":       changed(func(m *hostileManifest) { m.Layers[1].Size-- }, `^layer 2 of 2 \(.*\): .*it has more bytes than the image says`),
		"smaller than it says":      changed(func(m *hostileManifest) { m.Layers[1].Size++ }, `^layer 2 of 2 \(.*\): it has \d+ bytes, expected \d+$`),
		"a negative size":           changed(func(m *hostileManifest) { m.Layers[1].Size = -1 }, `layer 2 of 2`),
		"a layer is missing":        changed(func(m *hostileManifest) { delete(m.Blobs, m.Layers[1].Digest) }, `^layer 2 of 2 \(sha256:.*\): .*no such file`),
		"more layers than diff ids": changed(func(m *hostileManifest) { m.DiffIDs = m.DiffIDs[:1] }, `1 diff ids for 2 layers`),
		"more diff ids than layers": changed(func(m *hostileManifest) { m.Layers = m.Layers[:1] }, `2 diff ids for 1 layers`),
		"too many layers": changed(func(m *hostileManifest) {
			for len(m.Layers) <= 1024 {
				m.Layers, m.DiffIDs = append(m.Layers, m.Layers[0]), append(m.DiffIDs, m.DiffIDs[0])
			}
		}, `1025 .*layers`),
		"an unknown algorithm":  changed(func(m *hostileManifest) { m.Layers[0].Digest = "sha1:" + strings.Repeat("0", 40) }, `sha1`),
		"a digest like a path":  changed(func(m *hostileManifest) { m.Layers[0].Digest = "sha256:../../../outside/file" }, `hex|digest|hash`),
		"a diff id like a path": changed(func(m *hostileManifest) { m.DiffIDs[0] = "sha256:../../x" }, `hex|digest|hash`),
		"an upper-case digest":  changed(func(m *hostileManifest) { m.Layers[0].Digest = strings.ToUpper(m.Layers[0].Digest) }, `hash|digest`),
		"a manifest that is no JSON": changed(func(m *hostileManifest) {
			digest := m.put([]byte("{"))
			index(m, hostileDescriptor{MediaType: manifestType, Digest: digest, Size: 1, Platform: linux()})
		}, `manifest`),
		"a large manifest": changed(func(m *hostileManifest) {
			digest := m.put(append([]byte("{}"), make([]byte, 5<<20)...))
			index(m, hostileDescriptor{MediaType: manifestType, Digest: digest, Size: 1, Platform: linux()})
		}, `more than \d+ bytes`),
		"indexes in indexes": changed(func(m *hostileManifest) {
			next := hostileDescriptor{MediaType: indexType, Digest: m.put([]byte(`{"schemaVersion":2,"manifests":[]}`))}
			for range 20 {
				next.Size = int64(len(m.Blobs[next.Digest]))
				inner := encode(map[string]any{"schemaVersion": 2, "manifests": []hostileDescriptor{next}})
				next = hostileDescriptor{MediaType: indexType, Digest: m.put(inner)}
			}
			index(m, next)
		}, `index`),
		"an index that names itself": changed(func(m *hostileManifest) {
			itself := hostileDescriptor{MediaType: indexType, Digest: other, Size: 10}
			m.Blobs[other] = encode(map[string]any{"schemaVersion": 2, "manifests": []hostileDescriptor{itself}})
			index(m, itself)
		}, `digest`),
		"an index of thousands": changed(func(m *hostileManifest) {
			one := hostileDescriptor{MediaType: manifestType, Digest: other, Size: 10, Platform: map[string]string{"os": "plan9", "architecture": "mips"}}
			var many []hostileDescriptor
			for range 5000 {
				many = append(many, one)
			}
			index(m, many...)
		}, `too many images`),
	})
	tryAll(t, newOutside(t), map[string]hostileImage{
		"only other platforms": {layers: two, code: "IMAGE_PLATFORM", cause: `plan9/mips`, change: func(m *hostileManifest) {
			index(m, hostileDescriptor{MediaType: manifestType, Digest: other, Size: 10, Platform: map[string]string{"os": "plan9", "architecture": "mips"}})
		}},
		"a configuration of another platform": {layers: two, code: "IMAGE_PLATFORM", cause: `plan9/`, change: func(m *hostileManifest) { m.Config["os"] = "plan9" }},
		"an empty index":                      {layers: two, code: "IMAGE_PLATFORM", change: func(m *hostileManifest) { index(m) }},
	})
}

func linux() map[string]string { return map[string]string{"os": "linux", "architecture": "amd64"} }

// Addresses in a manifest are never asked: layers come from where the image comes from.
func TestForeignLayersAreNotFetched(t *testing.T) {
	needPeers(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	hostileImage{
		layers: []hostileLayer{layer(file("a"))},
		change: func(m *hostileManifest) {
			delete(m.Blobs, m.Layers[0].Digest)
			m.Layers[0].MediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
			m.Layers[0].URLs = []string{fmt.Sprintf("http://%s/layer", listener.Addr())}
		},
		code: "IMAGE_INVALID", cause: `^layer 1 of 1`,
	}.try(t, newOutside(t))
	must(t, listener.(*net.TCPListener).SetDeadline(time.Now()))
	if connection, err := listener.Accept(); err == nil {
		connection.Close()
		t.Error("the address of a foreign layer was asked")
	}
}
