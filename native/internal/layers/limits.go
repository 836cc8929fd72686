package layers

import "fmt"

// Limits bound what an image may cost before it is refused.
type Limits struct {
	Bytes    int64 // file contents of all layers together, and each layer's tar stream
	Entries  int   // of all layers together, also those that do not survive
	Metadata int64 // bytes of last names, link targets and different sets of attributes
	Path     int   // bytes of one path
	Depth    int   // directories above one file
	// A layer's first RatioFree bytes may be compressed as well as can be; beyond them a
	// compressed byte may stand for at most Ratio.
	Ratio     int64
	RatioFree int64
}

// Standard holds for every image.
var Standard = Limits{
	Bytes: 10 << 30, Entries: 1_000_000, Metadata: 64 << 20, Path: 4096, Depth: 128,
	Ratio: 200, RatioFree: 1 << 30,
}

// LimitError says which bound was reached.
type LimitError struct{ Bound string }

func (e *LimitError) Error() string { return "more than " + e.Bound }

func limit(format string, arguments ...any) error {
	return &LimitError{Bound: fmt.Sprintf(format, arguments...)}
}
