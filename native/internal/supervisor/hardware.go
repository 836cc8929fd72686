package supervisor

import (
	"context"
	"errors"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/backend"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/krun"
	"sandboxfile/native/internal/libkrun"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/vmm"
)

// findVMM gives QEMU's path, which is empty where only libkrun is asked for or is there.
func findVMM(vmm *machinev1.Vmm) (string, error) {
	if vmm.GetBackEnd() == machinev1.BackEnd_BACK_END_LIBKRUN {
		_, err := libkrun.Find(vmm.GetLibrary(), vmm.GetFolder())
		return "", krun.Named(err)
	}
	program, err := qemu.Find(vmm.GetProgram())
	if err != nil && vmm.GetBackEnd() == machinev1.BackEnd_BACK_END_AUTO {
		if _, missing := libkrun.Find(vmm.GetLibrary(), vmm.GetFolder()); missing == nil {
			return "", nil
		}
	}
	return program, err
}

// choose decides once what runs the guest. resumed: it goes on from a snapshot.
func (m *machine) choose(ctx context.Context, resumed bool) error {
	wanted := m.spec.GetVmm()
	switch {
	case wanted.GetBackEnd() == machinev1.BackEnd_BACK_END_LIBKRUN:
		library, err := libkrun.Find(wanted.GetLibrary(), wanted.GetFolder())
		if err != nil {
			return krun.Named(err)
		}
		m.library = library
	case wanted.GetBackEnd() == machinev1.BackEnd_BACK_END_AUTO && !resumed:
		if err := m.tryHardware(ctx); err != nil {
			return err
		}
	}
	if m.library == nil {
		return m.needQEMU(nil)
	}
	// It takes no layers: those that snapshots have left are made one file, once.
	var err error
	m.disk, err = disk.Ensure(ctx, m.spec.GetEmptyDisk(), m.spec.GetDisk(), 1)
	return err
}

// CheckResumption fails for a guest that is to go on from a memory on a VMM that cannot.
func CheckResumption(spec *machinev1.MachineSpec) error {
	resumes := spec.GetSnapshot() != "" && !spec.GetSnapshotDiskOnly()
	if resumes && spec.GetVmm().GetBackEnd() == machinev1.BackEnd_BACK_END_LIBKRUN {
		return noMemory(spec)
	}
	return nil
}

// tryHardware chooses libkrun where guests run with it.
func (m *machine) tryHardware(ctx context.Context) error {
	ctx, cancel := m.untilAsked(ctx, defaultBootTimeout)
	defer cancel()
	verdict, err := m.hardware().Works(ctx)
	switch {
	case m.stop.isAsked():
		return errAsked
	case err != nil:
		// What cannot be found out, or not be remembered, is no reason not to run.
		return m.needQEMU(err)
	case verdict.Err == nil:
		m.library = verdict.Library
		return nil
	}
	if verdict.Fresh {
		m.board.update(func(state *machinev1.MachineState) {
			state.HardwareFailure = failure.Of(verdict.Err, failurev1.Code_CODE_HYPERVISOR)
		})
	}
	return m.needQEMU(verdict.Err)
}

// needQEMU fails with why there is nothing else, where QEMU is not installed.
func (m *machine) needQEMU(instead error) error {
	if m.program != "" {
		return nil
	}
	program, err := qemu.Find(m.spec.GetVmm().GetProgram())
	if err != nil {
		return errors.Join(err, instead)
	}
	m.program = program
	return nil
}

// wantsQEMU fails for a guest that is not going to run on QEMU.
func wantsQEMU(ctx context.Context, spec *machinev1.MachineSpec, home string) error {
	elsewhere := spec.GetVmm().GetBackEnd() == machinev1.BackEnd_BACK_END_LIBKRUN
	if spec.GetVmm().GetBackEnd() == machinev1.BackEnd_BACK_END_AUTO {
		verdict, err := hardwareFor(spec, home).Works(ctx)
		if err != nil {
			return err
		}
		elsewhere = verdict.Err == nil
	}
	if elsewhere {
		return errors.New("the guest runs on the hardware, where it starts at once")
	}
	return nil
}

func (m *machine) hardware() backend.Hardware { return hardwareFor(m.spec, m.home) }

func hardwareFor(spec *machinev1.MachineSpec, home string) backend.Hardware {
	wanted := spec.GetVmm()
	return backend.Hardware{
		Home: home, Folder: wanted.GetFolder(), Library: wanted.GetLibrary(),
		Kernel: spec.GetKernel(), AgentDisk: spec.GetAgentDisk(),
	}
}

// launch starts the chosen VMM.
func (m *machine) launch(config qemu.Config) (vmm.Machine, error) {
	if m.library == nil {
		return qemu.Start(config)
	}
	return krun.Start(krun.Config{
		Helper: m.hardware().Helper(), Library: m.library.Path, CPUs: config.CPUs, MemoryMiB: config.MemoryMiB,
		Kernel: config.Kernel, AgentDisk: config.AgentDisk, RootDisk: config.RootDisk, Disk: config.Disk.Top().Path,
		Lock: config.Lock, Network: config.Network,
	})
}

// vmmFailure names a failure of the VMM, unless it has a better name.
func (m *machine) vmmFailure(err error) error {
	if named, ok := errors.AsType[*failure.Error](err); ok {
		return named
	}
	name := m.program
	if m.library != nil {
		name = m.library.Path
	}
	return failure.New(failurev1.Code_CODE_VMM_FAILED, name, err)
}

func (m *machine) backEnd() machinev1.BackEnd {
	if m.library == nil {
		return machinev1.BackEnd_BACK_END_QEMU
	}
	return machinev1.BackEnd_BACK_END_LIBKRUN
}
