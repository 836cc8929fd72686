// Package fault makes the errors that leave the guest: a Connect code for the kind, and the
// catalogue's Failure as detail for what exactly failed.
package fault

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"connectrpc.com/connect"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// New names a failure. cause may be nil.
func New(kind connect.Code, code failurev1.Code, subject string, cause error) error {
	return failure.Connect(kind, failure.New(code, subject, cause).Proto())
}

// File is a failure of one path. Its Connect code tells the kind of error.
func File(path string, cause error) error {
	return New(KindOf(cause), failurev1.Code_CODE_FILE, path, cause)
}

// Limit is a bound of the agent that was reached.
func Limit(which string) error {
	return New(connect.CodeResourceExhausted, failurev1.Code_CODE_LIMIT, which, nil)
}

// KindOf maps an errno to the nearest Connect code.
func KindOf(err error) connect.Code {
	switch {
	case is(err, context.Canceled):
		return connect.CodeCanceled
	case is(err, fs.ErrNotExist, syscall.ENOTDIR):
		return connect.CodeNotFound
	// Before ErrExist, which ENOTEMPTY also is.
	case is(err, syscall.ENOTEMPTY, syscall.EISDIR, syscall.ELOOP, syscall.EXDEV, syscall.EBUSY):
		return connect.CodeFailedPrecondition
	case is(err, fs.ErrExist):
		return connect.CodeAlreadyExists
	case is(err, fs.ErrPermission, syscall.EROFS):
		return connect.CodePermissionDenied
	case is(err, syscall.ENOSPC, syscall.EDQUOT, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM):
		return connect.CodeResourceExhausted
	case is(err, syscall.EINVAL, syscall.ENAMETOOLONG):
		return connect.CodeInvalidArgument
	default:
		return connect.CodeUnknown
	}
}

func is(err error, any ...error) bool {
	for _, target := range any {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
