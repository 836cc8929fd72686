package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"path"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// writeLayout writes an OCI layout with one image as a tar file. The layer stays uncompressed:
// packages that carry the file compress it once more anyway, and starting from it is faster.
func writeLayout(w io.Writer, arch string, root []byte, created time.Time) error {
	layer := static.NewLayer(root, types.OCIUncompressedLayer)
	image, err := mutate.AppendLayers(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), layer)
	if err != nil {
		return err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", arch
	config.Created = v1.Time{Time: created.UTC()}
	config.Config = v1.Config{
		Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		Cmd: []string{"/bin/sh"},
	}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return err
	}
	index := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), mutate.IndexAddendum{
		Add: image,
		Descriptor: v1.Descriptor{
			Platform:    &v1.Platform{OS: "linux", Architecture: arch},
			Annotations: map[string]string{"org.opencontainers.image.ref.name": "latest"},
		},
	})
	return writeBlobs(&layoutTar{tar: tar.NewWriter(w), modified: created}, index, image, root)
}

func writeBlobs(out *layoutTar, index v1.ImageIndex, image v1.Image, root []byte) error {
	rawIndex, err := index.RawManifest()
	if err != nil {
		return err
	}
	rawManifest, err := image.RawManifest()
	if err != nil {
		return err
	}
	rawConfig, err := partial.RawConfigFile(image)
	if err != nil {
		return err
	}
	version, err := json.Marshal(map[string]string{"imageLayoutVersion": "1.0.0"})
	if err != nil {
		return err
	}
	out.file("oci-layout", version)
	out.file("index.json", rawIndex)
	for _, blob := range [][]byte{rawManifest, rawConfig, root} {
		out.blob(blob)
	}
	if out.err == nil {
		out.err = out.tar.Close()
	}
	return out.err
}

type layoutTar struct {
	tar      *tar.Writer
	modified time.Time
	err      error
}

func (l *layoutTar) blob(data []byte) {
	digest, _, err := v1.SHA256(bytes.NewReader(data))
	if l.err == nil {
		l.err = err
	}
	l.file(path.Join("blobs", digest.Algorithm, digest.Hex), data)
}

func (l *layoutTar) file(name string, data []byte) {
	if l.err != nil {
		return
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data)), ModTime: l.modified}
	if l.err = l.tar.WriteHeader(header); l.err == nil {
		_, l.err = l.tar.Write(data)
	}
}
