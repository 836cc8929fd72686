// Command menv-krun runs one microVM with libkrun, in this process. It is a program of its own
// because it is the only one that loads a library: menv itself depends on no C library, and on macOS
// the right to use the hypervisor is given to this program only.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"

	"sandboxfile/native/internal/libkrun"
)

// maxSpec bounds what the starter writes.
const maxSpec = 64 << 10

func main() {
	// The library enters the VM on the thread that calls it; on macOS that has to be the first one.
	runtime.LockOSThread()
	input := bufio.NewReaderSize(os.Stdin, maxSpec)
	spec, err := readSpec(input)
	if err != nil {
		report(libkrun.Report{Failure: &libkrun.Failure{Kind: libkrun.Refused, Subject: "spec", Cause: err.Error()}})
		os.Exit(2)
	}
	go dieWithStarter(input)
	report(libkrun.Report{Failure: travelling(run(spec))})
	os.Exit(1)
}

// run returns only when something failed.
func run(spec *libkrun.Spec) error {
	if _, err := libkrun.Inspect(spec.Library); err != nil {
		return err
	}
	calls, err := load(spec.Library)
	if err != nil {
		return err
	}
	vm, err := configure(calls, spec)
	if err != nil {
		return err
	}
	report(libkrun.Report{Entering: true})
	return vm.enter()
}

func readSpec(input *bufio.Reader) (*libkrun.Spec, error) {
	line, err := input.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	spec := &libkrun.Spec{}
	return spec, json.Unmarshal(line, spec)
}

// dieWithStarter is what ends the VM where the kernel does not do it when the starter is killed.
func dieWithStarter(input io.Reader) {
	_, _ = io.Copy(io.Discard, input)
	os.Exit(0)
}

func report(message libkrun.Report) {
	data, err := json.Marshal(message)
	if err != nil {
		panic(err) // strings and booleans always marshal
	}
	// A starter that has gone ends this process by its stdin.
	_, _ = os.Stdout.Write(append(data, '\n'))
}

func travelling(err error) *libkrun.Failure {
	named, ok := errors.AsType[*libkrun.Error](err)
	if !ok {
		return &libkrun.Failure{Kind: libkrun.Unusable, Cause: err.Error()}
	}
	failed := &libkrun.Failure{Kind: named.Kind, Subject: named.Subject}
	if named.Cause != nil {
		failed.Cause = named.Cause.Error()
	}
	return failed
}
