// Package failure carries the native code's named failures: as Go errors inside, as Connect error
// details, report and state messages outside.
package failure

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"unicode/utf8"

	"connectrpc.com/connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

// maxText bounds subject and cause; both may come from the guest.
const maxText = 4096

// Error is a failure with a name that the catalogue of messages knows.
type Error struct {
	Code    failurev1.Code
	Subject string
	Cause   error
}

// New names what went wrong with subject. cause may be nil.
func New(code failurev1.Code, subject string, cause error) *Error {
	return &Error{Code: code, Subject: subject, Cause: cause}
}

// Storage names a failed write: a full disk is told apart from everything else, which gets code.
func Storage(code failurev1.Code, path string, cause error) *Error {
	if errors.Is(cause, syscall.ENOSPC) || errors.Is(cause, syscall.EDQUOT) || errors.Is(cause, syscall.EFBIG) {
		code = failurev1.Code_CODE_NO_SPACE
	}
	return New(code, path, cause)
}

// Asset names a file of the product that cannot be read.
func Asset(path string, cause error) *Error {
	return New(failurev1.Code_CODE_ASSET_MISSING, path, cause)
}

func (e *Error) Error() string {
	text := e.Code.String()
	if e.Subject != "" {
		text += " " + e.Subject
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// Proto is the failure as it travels.
func (e *Error) Proto() *failurev1.Failure {
	message := &failurev1.Failure{Code: e.Code, Subject: clip(e.Subject)}
	if e.Cause != nil {
		message.Cause = clip(reason(e.Cause))
	}
	return message
}

// Of finds the failure in err, in its chain or in the details of a Connect error. An error without
// one is named by fallback.
func Of(err error, fallback failurev1.Code) *failurev1.Failure {
	if err == nil {
		return nil
	}
	if named, ok := errors.AsType[*Error](err); ok {
		return named.Proto()
	}
	if wire, ok := errors.AsType[*connect.Error](err); ok {
		if found := detail(wire); found != nil {
			return found
		}
		return &failurev1.Failure{Code: fallback, Cause: clip(wire.Message())}
	}
	return &failurev1.Failure{Code: fallback, Cause: clip(err.Error())}
}

// Connect is the failure as a Connect error of the given kind.
func Connect(kind connect.Code, failed *failurev1.Failure) *connect.Error {
	text := failed.GetCode().String()
	if failed.GetSubject() != "" {
		text += " " + failed.GetSubject()
	}
	if failed.GetCause() != "" {
		text += ": " + failed.GetCause()
	}
	wire := connect.NewError(kind, errors.New(text))
	if packed, err := connect.NewErrorDetail(failed); err == nil {
		wire.AddDetail(packed)
	}
	return wire
}

// Relayed makes an error that the guest sent fit for front ends: known parts only, bounded.
func Relayed(err error, fallback failurev1.Code) *connect.Error {
	kind := connect.CodeUnavailable
	if wire, ok := errors.AsType[*connect.Error](err); ok && wire.Code() >= connect.CodeCanceled && wire.Code() <= connect.CodeUnauthenticated {
		kind = wire.Code()
	}
	return Connect(kind, Of(err, fallback))
}

func detail(wire *connect.Error) *failurev1.Failure {
	for _, packed := range wire.Details() {
		value, err := packed.Value()
		if err != nil {
			continue
		}
		if found, ok := value.(*failurev1.Failure); ok {
			return &failurev1.Failure{Code: found.GetCode(), Subject: clip(found.GetSubject()), Cause: clip(found.GetCause())}
		}
	}
	return nil
}

// reason leaves out what the subject says already: the operation and the path.
func reason(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return strings.Replace(err.Error(), path.Error(), path.Err.Error(), 1)
	}
	return err.Error()
}

func clip(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
