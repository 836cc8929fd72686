// Package backend finds out whether guests run on this host's hardware. A device that opens, and even
// makes empty VMs, proves nothing: a guest is booted, once, and what came of it is remembered.
package backend

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
	"sandboxfile/native/internal/krun"
	"sandboxfile/native/internal/libkrun"
)

// HelperName is the program beside menv that runs a VM with libkrun.
const HelperName = "menv-krun"

// Hardware is what guests are booted with on the hardware.
type Hardware struct {
	Home      string // keeps the verdict
	Folder    string // of this installation: the helper, and libkrun if it came along
	Library   string // another libkrun; empty: the installation's, else the system's
	Kernel    string
	AgentDisk string
}

// Verdict is what came of a guest.
type Verdict struct {
	Library *libkrun.Library // nil: there is none to boot with
	Err     error            // why no guest runs; nil: one did
	Fresh   bool             // found out just now, and not remembered
}

const (
	// folderName is of the verdict and, while one is booted, of the guest's disks.
	folderName = "vmm-probe"
	lockName   = "lock"
)

// Works answers from memory or, when host, library or kernel are others than remembered, boots a
// guest. It fails only when it was cancelled or cannot remember.
func (h Hardware) Works(ctx context.Context) (Verdict, error) { return h.judge(ctx, false) }

// Probe boots a guest whatever is remembered.
func (h Hardware) Probe(ctx context.Context) (Verdict, error) { return h.judge(ctx, true) }

// Helper is the path of the helper.
func (h Hardware) Helper() string { return filepath.Join(h.Folder, HelperName) }

func (h Hardware) own() string { return filepath.Join(h.Home, folderName) }

func (h Hardware) judge(ctx context.Context, again bool) (Verdict, error) {
	if err := os.MkdirAll(h.own(), 0o700); err != nil {
		return Verdict{}, failure.Storage(failurev1.Code_CODE_RUN_FOLDER, h.own(), err)
	}
	library, missing := libkrun.Find(h.Library, h.Folder)
	access := reach()
	key := h.key(thisHost(), library, missing, access)
	if known, ok := h.remembered(key); ok && !again {
		return Verdict{Library: library, Err: known}, nil
	}
	// Of several at once one boots a guest; the others take its verdict.
	unlock, err := flock.Lock(ctx, filepath.Join(h.own(), lockName))
	if err != nil {
		return Verdict{}, failure.Storage(failurev1.Code_CODE_RUN_FOLDER, h.own(), err)
	}
	defer unlock()
	if known, ok := h.remembered(key); ok && !again {
		return Verdict{Library: library, Err: known}, nil
	}
	// Of one that was killed.
	if err := durable.RemoveLeftovers(h.own()); err != nil {
		return Verdict{}, failure.Storage(failurev1.Code_CODE_RUN_FOLDER, h.own(), err)
	}
	verdict := Verdict{Library: library, Fresh: true}
	switch {
	case missing != nil:
		verdict.Err = krun.Named(missing)
	case access != nil:
		verdict.Err = failure.New(failurev1.Code_CODE_HYPERVISOR, device, access)
	default:
		verdict.Err = h.boot(ctx, library)
	}
	if ctx.Err() != nil {
		return Verdict{}, context.Cause(ctx)
	}
	if err := h.remember(key, verdict.Err); err != nil {
		return Verdict{}, failure.Storage(failurev1.Code_CODE_RUN_FOLDER, h.own(), err)
	}
	return verdict, nil
}

// reach tells why the hypervisor cannot even be asked.
func reach() error {
	if device == "" {
		return nil
	}
	file, err := os.OpenFile(device, os.O_RDWR, 0)
	if err != nil {
		if pathError, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathError.Err
		}
		return err
	}
	return file.Close()
}
