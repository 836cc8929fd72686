package doctor

import (
	"context"

	"sandboxfile/native/internal/backend"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/libkrun"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

// Hardware is what guests are booted with on the hardware.
type Hardware struct {
	Folder    string `json:"folder"` // of this installation
	Library   string `json:"library"`
	Kernel    string `json:"kernel"`
	AgentDisk string `json:"agentDisk"`
	Probe     bool   `json:"probe"` // again, whatever came of it last time
}

// tryHypervisor has a guest booted, unless it is remembered what came of one: a device that opens
// proves nothing.
func tryHypervisor(ctx context.Context, question Question) Access {
	found := hypervisor()
	if found.State != Usable {
		return found
	}
	wanted := question.Hardware
	hardware := backend.Hardware{
		Home: question.Home, Folder: wanted.Folder, Library: wanted.Library,
		Kernel: wanted.Kernel, AgentDisk: wanted.AgentDisk,
	}
	judge := hardware.Works
	if wanted.Probe {
		judge = hardware.Probe
	}
	verdict, err := judge(ctx)
	if err == nil {
		err = verdict.Err
	}
	if err != nil {
		failed := failure.Of(err, failurev1.Code_CODE_HYPERVISOR)
		found.State, found.Reason = Broken, failed.GetCause()
		if found.Reason == "" {
			found.Reason = err.Error()
		}
	}
	return found
}

func findLibkrun(hardware Hardware) Program {
	library, err := libkrun.Find(hardware.Library, hardware.Folder)
	if err != nil {
		return Program{Reason: err.Error()}
	}
	return Program{Path: library.Path, Version: library.Version}
}
