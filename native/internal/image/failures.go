package image

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/layers"
)

// nameFailure gives an error of the image's source the name that the catalogue knows. What has a
// name keeps it; failures to write are the store's to name.
func nameFailure(reference string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if named, ok := errors.AsType[*failure.Error](err); ok {
		return named
	}
	if output, ok := errors.AsType[*layers.OutputError](err); ok {
		return output.Err
	}
	if _, bound := errors.AsType[*layers.LimitError](err); bound {
		return failure.New(failurev1.Code_CODE_IMAGE_LIMIT, reference, err)
	}
	return failure.New(failurev1.Code_CODE_IMAGE_INVALID, reference, err)
}

// notFound names what is not there and leaves other errors.
func notFound(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return failure.New(failurev1.Code_CODE_IMAGE_NOT_FOUND, path, err)
	}
	return err
}
