package volume

import "errors"

// OpenError is why a volume cannot be served.
type OpenError struct {
	Host string
	Err  error
}

func (e *OpenError) Error() string { return e.Host + ": " + e.Err.Error() }
func (e *OpenError) Unwrap() error { return e.Err }

// ErrSpecial is what makes a host path that is neither a folder nor a file unusable.
var ErrSpecial = errors.New("neither a folder nor a file")
