// Command jailtimes runs a program to its end, in a VMM's jail and without one by turns, for a benchmark:
// `jailtimes ROUNDS PROGRAM [ARGUMENT...]`. It prints the milliseconds of each as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"sandboxfile/native/internal/jail"
)

type times struct {
	Jailed []float64 `json:"jailed"`
	Free   []float64 `json:"free"`
	// Off are the walls that this host cannot build.
	Off []string `json:"off"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: jailtimes ROUNDS PROGRAM [ARGUMENT...]")
	}
	rounds, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	// As QEMU's, see internal/qemu.
	profile := jail.Profile{Read: []string{"/usr/share"}, OwnUser: true}
	measured := times{Off: []string{}}
	for range rounds {
		began := time.Now()
		if err := exec.Command(args[1], args[2:]...).Run(); err != nil {
			return err
		}
		measured.Free = append(measured.Free, since(began))
		began = time.Now()
		cmd, ended := exec.Command(args[1], args[2:]...), make(chan struct{})
		parts, err := jail.Start(cmd, profile, func() { close(ended) })
		if err != nil {
			return err
		}
		<-ended
		measured.Jailed = append(measured.Jailed, since(began))
		if !cmd.ProcessState.Success() {
			return fmt.Errorf("in the jail: %s", cmd.ProcessState)
		}
		measured.Off = measured.Off[:0]
		for _, part := range parts {
			if part.Off != "" {
				measured.Off = append(measured.Off, part.Name)
			}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(measured)
}

func since(began time.Time) float64 { return float64(time.Since(began)) / float64(time.Millisecond) }
