package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"google.golang.org/protobuf/encoding/protojson"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/detach"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/pool"
	"sandboxfile/native/internal/supervisor"
)

const (
	// maxSpec bounds what the starter writes: scripts, launch record and paths.
	maxSpec = 32 << 20
	// A supervisor is one of many: it keeps its heap small and pays with some collector time. There is no limit of
	// memory: what a guest knows of its volumes may need more, and near a limit the collector runs all the time.
	heapGrowth = 50
)

// superviseVM reads a MachineSpec, answers one StartReport and lives the sandbox's life.
func superviseVM([]string) int {
	beSmall()
	if err := detach.Begin(); err != nil {
		return refuse(failure.New(failurev1.Code_CODE_RUN_FOLDER, "/", err))
	}
	spec, err := readSpec(os.Stdin)
	if err != nil {
		return refuse(failure.New(failurev1.Code_CODE_SPEC, "", err))
	}
	// A second signal changes nothing: stopping has its deadline already.
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	err = supervisor.Run(ctx, spec, supervisor.Options{
		Home: home(), MakeTemplate: startMaker, StartGateway: startGateway,
		Listening: func(crashPath string) {
			report(listening())
			// Without it the starter's pipes stay open; the sandbox runs all the same.
			_ = detach.Finish(crashPath)
		},
	})
	if err != nil {
		return refuse(err)
	}
	return 0
}

func beSmall() { debug.SetGCPercent(heapGrowth) }

func listening() *machinev1.StartReport {
	return &machinev1.StartReport{Result: &machinev1.StartReport_Listening{
		Listening: &machinev1.Listening{Pid: uint32(os.Getpid())},
	}}
}

func refusal(err error) *machinev1.StartReport {
	return &machinev1.StartReport{Result: &machinev1.StartReport_Failure{
		Failure: failure.Of(err, failurev1.Code_CODE_RUN_FOLDER),
	}}
}

func readSpec(from io.Reader) (*machinev1.MachineSpec, error) {
	data, err := io.ReadAll(io.LimitReader(from, maxSpec+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSpec {
		return nil, errors.New("too large")
	}
	spec := &machinev1.MachineSpec{}
	return spec, protojson.Unmarshal(data, spec)
}

func refuse(err error) int {
	report(refusal(err))
	return 1
}

// report writes one line. A starter that has gone already learns from the socket.
func report(message *machinev1.StartReport) { _ = pool.WriteLine(os.Stdout, message) }

func home() string {
	if path := os.Getenv("MENV_HOME"); filepath.IsAbs(path) {
		return path
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return os.TempDir()
	}
	return filepath.Join(user, ".menv")
}
