package imagearchive

import (
	"bytes"
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

var ociTypes = map[types.MediaType]types.MediaType{
	types.DockerConfigJSON:        types.OCIConfigJSON,
	types.DockerLayer:             types.OCILayer,
	types.DockerUncompressedLayer: types.OCIUncompressedLayer,
	types.DockerForeignLayer:      types.OCIRestrictedLayer,
}

// asOCI gives an image with a manifest of Docker's own kind one that layouts may have: skopeo and
// podman overlook the other. Layers and configuration stay, the manifest's digest does not.
func asOCI(image opened) (opened, error) {
	if image.manifest.MediaType != types.DockerManifestSchema2 {
		return image, nil
	}
	converted := image.manifest.DeepCopy()
	converted.MediaType = types.OCIManifestSchema1
	convert(&converted.Config)
	for i := range converted.Layers {
		convert(&converted.Layers[i])
	}
	raw, err := json.Marshal(converted)
	if err != nil {
		return opened{}, err
	}
	digest, _, err := v1.SHA256(bytes.NewReader(raw))
	if err != nil {
		return opened{}, err
	}
	image.manifest, image.raw, image.Digest = converted, raw, digest
	return image, nil
}

func convert(descriptor *v1.Descriptor) {
	if kind, known := ociTypes[descriptor.MediaType]; known {
		descriptor.MediaType = kind
	}
}
