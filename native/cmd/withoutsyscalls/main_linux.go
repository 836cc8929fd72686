// Command withoutsyscalls runs a program, for a test, on a kernel that seems to lack some system calls:
// `withoutsyscalls NAME[,NAME...] PROGRAM [ARGUMENT...]`.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"sandboxfile/native/internal/jail/probe"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: withoutsyscalls NAME[,NAME...] PROGRAM [ARGUMENT...]")
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, run(strings.Split(os.Args[1], ","), os.Args[2:]))
	os.Exit(1)
}

// run returns only when something failed.
func run(lacking, command []string) error {
	program, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	if err := probe.Without(lacking...); err != nil {
		return err
	}
	return syscall.Exec(program, command, os.Environ())
}
