//go:build !(linux && amd64)

package hostclock

// Guests of other hosts get their clock's rate from the architecture.
func now() sample { return sample{} }
