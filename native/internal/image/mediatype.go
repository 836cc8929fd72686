package image

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// mediaTypeOf tells by its content what a registry has sent. A document that could be read as an
// index and as an image is neither: whoever signed it may have meant the other.
func mediaTypeOf(raw []byte) (types.MediaType, error) {
	var document struct {
		SchemaVersion int             `json:"schemaVersion"`
		MediaType     types.MediaType `json:"mediaType"`
		Manifests     json.RawMessage `json:"manifests"`
		Config        json.RawMessage `json:"config"`
		Layers        json.RawMessage `json:"layers"`
		FSLayers      json.RawMessage `json:"fsLayers"`
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		return "", fmt.Errorf("manifest: %w", err)
	}
	index, image := document.Manifests != nil, document.Config != nil || document.Layers != nil
	switch {
	case document.FSLayers != nil || document.SchemaVersion == 1:
		return "", errors.New("manifest of schema 1, which is not supported")
	case index == image:
		return "", errors.New("neither an index nor an image's manifest")
	case document.MediaType.IsIndex() && image || document.MediaType.IsImage() && index:
		return "", fmt.Errorf("its content is not what its media type %s says", document.MediaType)
	case index:
		return types.OCIImageIndex, nil
	}
	return types.OCIManifestSchema1, nil
}
