package volume

// Config is what of the host a guest sees, and how.
type Config struct {
	Host     string // absolute; a folder or a file
	ReadOnly bool
}
