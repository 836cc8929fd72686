// Command relay carries a guest's volumes. The agent starts it with the port to the host as descriptor 3 and,
// as descriptor 4, a socket over which it is given the mounts.
package main

import (
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/relay"
)

const (
	portFD   = 3
	socketFD = 4
)

func main() {
	// It makes its buffers once and lets go of nothing.
	debug.SetGCPercent(-1)
	mounts, roots, err := relay.Take(socketFD)
	if err != nil {
		os.Exit(1)
	}
	_ = unix.Close(socketFD)
	r := relay.New(portFD, mounts, roots)
	if r.Start() != nil {
		os.Exit(1)
	}
	r.Tell()
	os.Exit(1)
}
