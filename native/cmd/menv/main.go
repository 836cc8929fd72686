// Command menv is the host's native part: each verb is one process of a running sandbox, or one
// short job for the engine. It is started by the engine, not typed by users.
package main

import (
	"fmt"
	"os"
)

// commands take their arguments and return the exit status.
var commands = map[string]func(args []string) int{
	"clean":    cleanCommand,
	"doctor":   doctorCommand,
	"image":    imageCommand,
	"net":      netCommand,
	"snapshot": snapshotCommand,
	"pool":     poolCommand,
	"spare":    spareCommand,
	"sweep":    sweepCommand,
	"template": templateCommand,
	"vm":       superviseVM,
}

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	run, ok := commands[os.Args[1]]
	if !ok {
		usage()
	}
	os.Exit(run(os.Args[2:]))
}

func usage() {
	fmt.Fprintln(os.Stderr, "menv is started by msb and the editor; see `msb help`")
	os.Exit(2)
}
