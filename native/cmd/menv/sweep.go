package main

import (
	"fmt"
	"os"

	"sandboxfile/native/internal/rundir"
)

// sweepCommand removes what a killed supervisor left in its run folder, unless the folder has a new
// owner. `menv sweep RUN_FOLDER`
func sweepCommand(args []string) int {
	if len(args) != 1 {
		usage()
	}
	if err := rundir.Sweep(args[0]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
