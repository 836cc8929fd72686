// Command relay carries a guest's volumes. The agent starts it with the port to the host as descriptor 3 and,
// as descriptor 4, a socket over which it is given mounts.
package main

import (
	"errors"
	"os"
	"runtime/debug"

	"sandboxfile/native/internal/guest/relay"
)

const (
	portFD   = 3
	socketFD = 4
)

func main() {
	// It makes its buffers once and lets go of nothing.
	debug.SetGCPercent(-1)
	r := relay.New(portFD)
	if r.Start() != nil {
		os.Exit(1)
	}
	go r.Tell()
	for {
		mounts, err := relay.Take(socketFD)
		for _, mount := range mounts {
			err = errors.Join(err, r.Carry(mount))
		}
		if err != nil {
			os.Exit(1)
		}
	}
}
