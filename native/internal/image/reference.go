package image

import (
	"errors"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// notLocal says what is wrong with a reference that names neither a path nor the built-in image.
func notLocal(reference string) error {
	if strings.HasPrefix(reference, "builtin:") {
		return failure.New(failurev1.Code_CODE_IMAGE_NOT_FOUND, reference, errors.New("the built-in image is "+BuiltinName))
	}
	var options []name.Option
	if registry := os.Getenv("OCI_REGISTRY_DOMAIN"); registry != "" {
		options = append(options, name.WithDefaultRegistry(registry))
	}
	parsed, err := name.ParseReference(reference, options...)
	if err != nil {
		return failure.New(failurev1.Code_CODE_IMAGE_REFERENCE, reference, err)
	}
	return failure.New(failurev1.Code_CODE_IMAGE_NOT_FOUND, parsed.Name(), errors.New("it is not on this machine"))
}
