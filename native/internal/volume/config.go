package volume

// Config is what of the host a guest sees, and how.
type Config struct {
	Host     string // absolute; a folder or a file
	ReadOnly bool
	// Of folders only. Hide are patterns of package hide, of what does not exist for the guest. Private are
	// folders below, without dots, slash-separated, that the guest puts something of its own onto: what the
	// host has there is neither seen nor changed.
	Hide    []string
	Private []string
	// Quota is by how many bytes the guest may make the folder grow; 0: by any number.
	Quota uint64
}

// Growth is what a guest has added to a folder with a quota.
type Growth struct {
	Volume      int
	Used, Quota uint64 // bytes
}
