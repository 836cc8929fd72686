package doctor

// Memory of the host, in bytes.
type Memory struct {
	Total     uint64 `json:"total"`
	Available uint64 `json:"available"` // 0: not known
}
