package libkrun

import "errors"

// Kind is what is wrong with a library, or with the VM that it was to run.
type Kind string

// The kinds.
const (
	Missing      Kind = "missing"      // subject: the file looked for
	Unusable     Kind = "unusable"     // damaged, no libkrun, or it cannot be loaded
	Architecture Kind = "architecture" // for another processor or system
	Old          Kind = "old"          // it lacks calls
	Refused      Kind = "refused"      // a call failed; subject: which
)

// Error is a failure with its kind. It travels from the helper to its starter.
type Error struct {
	Kind    Kind
	Subject string
	Cause   error
}

func (e *Error) Error() string {
	text := "libkrun: " + string(e.Kind)
	if e.Subject != "" {
		text += " " + e.Subject
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// about names the file of a failure; one without a kind comes from a reader of its format.
func about(path string, err error) error {
	if named, ok := errors.AsType[*Error](err); ok {
		named.Subject = path
		return named
	}
	return &Error{Kind: Unusable, Subject: path, Cause: err}
}
