// Command relay carries a guest's volumes. The agent starts it with the port to the host as descriptor
// 3, the kernel's ends of the mounts after it, then the mounts, and their number as its argument.
package main

import (
	"os"
	"runtime/debug"
	"strconv"

	"sandboxfile/native/internal/guest/relay"
)

const firstFD = 3

func main() {
	// It makes its buffers once and lets go of nothing.
	debug.SetGCPercent(-1)
	if len(os.Args) != 2 {
		os.Exit(2)
	}
	count, err := strconv.Atoi(os.Args[1])
	if err != nil || relay.Check(count) != nil {
		os.Exit(2)
	}
	mounts, roots := make([]int, count), make([]int, count)
	for i := range mounts {
		mounts[i], roots[i] = firstFD+1+i, firstFD+1+count+i
	}
	r := relay.New(firstFD, mounts, roots)
	if r.Start() != nil {
		os.Exit(1)
	}
	r.Tell()
	os.Exit(1)
}
