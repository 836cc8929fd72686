package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/hostclock"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/snapshot"
	"sandboxfile/native/internal/supervisor"
)

var errSnapshotUsage = errors.New("usage: menv snapshot export|import|check|sweep [--folder DIR] [--file FILE] [--images DIR] [--disk] [--trust]")

// snapshotJob is what all verbs of `menv snapshot` are given.
type snapshotJob struct {
	lines           *imageLines
	folder, file    string
	images          string
	diskOnly, trust bool
}

var snapshotVerbs = map[string]func(context.Context, *snapshotJob) error{
	"check":  checkSnapshot,
	"export": exportSnapshot,
	"import": importSnapshot,
	"sweep":  sweepSnapshots,
}

// snapshotCommand answers as imageCommand does.
func snapshotCommand(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, done := untilReaderGone(ctx, os.Stdout)
	defer done()
	job := &snapshotJob{lines: newImageLines(os.Stdout)}
	flags := flag.NewFlagSet("snapshot", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&job.folder, "folder", "", "")
	flags.StringVar(&job.file, "file", "", "")
	flags.StringVar(&job.images, "images", "", "")
	flags.BoolVar(&job.diskOnly, "disk", false, "")
	flags.BoolVar(&job.trust, "trust", false, "")
	if len(args) == 0 || snapshotVerbs[args[0]] == nil || flags.Parse(args[1:]) != nil || flags.NArg() > 0 {
		fmt.Fprintln(os.Stderr, errSnapshotUsage)
		return 2
	}
	err := snapshotVerbs[args[0]](ctx, job)
	switch {
	case err == nil:
		job.lines.answer("done", struct{}{})
		return 0
	case errors.Is(err, errSnapshotUsage):
		fmt.Fprintln(os.Stderr, err)
		return 2
	case ctx.Err() != nil:
		return 130
	}
	job.lines.failure(err)
	return 1
}

// checkSnapshot: whether a guest with the MachineSpec on stdin could go on from its snapshot.
func checkSnapshot(ctx context.Context, _ *snapshotJob) error {
	spec, err := readSpec(os.Stdin)
	if err != nil {
		return err
	}
	if err := supervisor.CheckResumption(spec); err != nil {
		return err
	}
	refused := func(err error) error { return failure.Storage(snapshotCode(err), spec.GetSnapshot(), err) }
	key, err := snapshot.UserKey(home())
	if err != nil {
		return refused(err)
	}
	from, err := snapshot.Open(spec.GetSnapshot(), key)
	if err != nil {
		return refused(err)
	}
	if spec.GetSnapshotDiskOnly() {
		return nil
	}
	host, err := hostMachine(ctx, spec)
	if err != nil {
		return err
	}
	memory, err := from.OpenMemory(host)
	if err != nil {
		return refused(err)
	}
	memory.Close()
	return nil
}

// exportSnapshot writes the snapshot in --folder to --file.
func exportSnapshot(ctx context.Context, job *snapshotJob) error {
	if !filepath.IsAbs(job.folder) || !filepath.IsAbs(job.file) {
		return errSnapshotUsage
	}
	key, err := snapshot.UserKey(home())
	if err != nil {
		return failure.Storage(failurev1.Code_CODE_RUN_FOLDER, home(), err)
	}
	from, err := snapshot.Open(job.folder, key)
	if err != nil {
		return failure.New(failurev1.Code_CODE_SNAPSHOT, job.folder, err)
	}
	err = from.Export(ctx, job.file, key, job.progress("exporting"))
	if errors.Is(err, snapshot.ErrImage) {
		return failure.New(failurev1.Code_CODE_SNAPSHOT, job.folder, err)
	}
	if err != nil {
		return failure.Storage(failurev1.Code_CODE_OUTPUT, job.file, err)
	}
	return nil
}

// importSnapshot makes the snapshot --folder of --file; its image is in --images. stdin has the MachineSpec of
// any guest of this host.
func importSnapshot(ctx context.Context, job *snapshotJob) error {
	if !filepath.IsAbs(job.folder) || !filepath.IsAbs(job.file) || !filepath.IsAbs(job.images) {
		return errSnapshotUsage
	}
	spec, err := readSpec(os.Stdin)
	if err != nil {
		return err
	}
	size, err := disk.VirtualSize(spec.GetEmptyDisk())
	if err != nil {
		return failure.Asset(spec.GetEmptyDisk(), err)
	}
	key, err := snapshot.UserKey(home())
	if err != nil {
		return failure.Storage(failurev1.Code_CODE_RUN_FOLDER, home(), err)
	}
	file, err := os.Open(job.file)
	if err != nil {
		return failure.New(failurev1.Code_CODE_SNAPSHOT_FILE, job.file, err)
	}
	defer file.Close()
	from := &snapshot.Import{
		Source: file, Images: job.images, DiskSize: size, Key: key, Trust: job.trust, DiskOnly: job.diskOnly,
		Progress: job.progress("importing"),
		Host: func(rootDisk string, info *machinev1.SnapshotInfo) (*snapshot.Machine, error) {
			spec.RootDisk, spec.Cpus, spec.MemoryMib = rootDisk, info.GetCpus(), info.GetMemoryMib()
			return hostMachine(ctx, spec)
		},
	}
	_, err = from.To(ctx, job.folder)
	if missing, ok := errors.AsType[*snapshot.MissingImageError](err); ok {
		return failure.New(failurev1.Code_CODE_IMAGE_NOT_CACHED, missing.Digest, nil)
	}
	if err != nil {
		return failure.Storage(importCode(err), job.file, err)
	}
	return nil
}

// sweepSnapshots removes what killed processes left in the folder of a sandbox's snapshots.
func sweepSnapshots(_ context.Context, job *snapshotJob) error {
	if !filepath.IsAbs(job.folder) {
		return errSnapshotUsage
	}
	return snapshot.Sweep(job.folder)
}

func (j *snapshotJob) progress(stage string) snapshot.Progress {
	return func(done, total int64) { j.lines.progress(stage, done, total) }
}

func importCode(err error) failurev1.Code {
	switch {
	case errors.Is(err, snapshot.ErrForeign):
		return failurev1.Code_CODE_SNAPSHOT_FOREIGN
	case errors.Is(err, os.ErrExist):
		return failurev1.Code_CODE_SNAPSHOT
	}
	return failurev1.Code_CODE_SNAPSHOT_FILE
}

func snapshotCode(err error) failurev1.Code {
	if errors.Is(err, snapshot.ErrOther) {
		return failurev1.Code_CODE_SNAPSHOT_OTHER
	}
	return failurev1.Code_CODE_SNAPSHOT
}

// hostMachine is what a guest with this spec would be on this host.
func hostMachine(ctx context.Context, spec *machinev1.MachineSpec) (*snapshot.Machine, error) {
	program, err := qemu.Find(spec.GetVmm().GetProgram())
	if err != nil {
		return nil, err
	}
	size, err := disk.VirtualSize(spec.GetEmptyDisk())
	if err != nil {
		return nil, failure.Asset(spec.GetEmptyDisk(), err)
	}
	rate, err := hostclock.NewMeter(home()).KHz(ctx)
	if err != nil {
		return nil, err
	}
	return snapshot.MachineOf(qemu.Config{
		Program: program, CPUs: spec.GetCpus(), MemoryMiB: spec.GetMemoryMib(), ClockKHz: rate,
		Kernel: spec.GetKernel(), AgentDisk: spec.GetAgentDisk(), RootDisk: spec.GetRootDisk(),
		Network: spec.GetNetwork() != nil,
	}, size)
}
