package supervisor

import (
	"fmt"
	"os"
	"path/filepath"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/ports"
)

const (
	// minMemoryMiB is where the kernel and the agent still boot.
	minMemoryMiB = 64
	maxMemoryMiB = 1 << 20
	maxCPUs      = 255
	maxLaunch    = 1 << 20
)

// check refuses a spec that cannot be lived before anything is touched. It returns the VMM's path.
func check(spec *machinev1.MachineSpec) (string, error) {
	if err := checkNumbers(spec); err != nil {
		return "", err
	}
	for field, path := range map[string]string{
		"run_folder": spec.GetRunFolder(), "kernel": spec.GetKernel(), "agent_disk": spec.GetAgentDisk(),
		"root_disk": spec.GetRootDisk(), "empty_disk": spec.GetEmptyDisk(), "disk": spec.GetDisk(),
	} {
		if !filepath.IsAbs(path) {
			return "", failure.New(failurev1.Code_CODE_SPEC, field, fmt.Errorf("%q is not an absolute path", path))
		}
	}
	if network := spec.GetNetwork(); network != nil && !filepath.IsAbs(network.GetFolder()) {
		return "", failure.New(failurev1.Code_CODE_SPEC, "network.folder", fmt.Errorf("%q is not an absolute path", network.GetFolder()))
	}
	if path := spec.GetLogFile(); path != "" && !filepath.IsAbs(path) {
		return "", failure.New(failurev1.Code_CODE_SPEC, "log_file", fmt.Errorf("%q is not an absolute path", path))
	}
	for _, asset := range []string{spec.GetKernel(), spec.GetAgentDisk(), spec.GetRootDisk(), spec.GetEmptyDisk()} {
		if _, err := os.Stat(asset); err != nil {
			return "", failure.Asset(asset, err)
		}
	}
	if err := CheckResumption(spec); err != nil {
		return "", err
	}
	return findVMM(spec.GetVmm())
}

func checkNumbers(spec *machinev1.MachineSpec) error {
	if n := spec.GetCpus(); n < 1 || n > maxCPUs {
		return failure.New(failurev1.Code_CODE_SPEC, "cpus", fmt.Errorf("%d is not in 1..%d", n, maxCPUs))
	}
	if n := spec.GetMemoryMib(); n < minMemoryMiB || n > maxMemoryMiB {
		return failure.New(failurev1.Code_CODE_SPEC, "memory_mib", fmt.Errorf("%d is not in %d..%d", n, minMemoryMiB, maxMemoryMiB))
	}
	if n := len(spec.GetLaunch()); n > maxLaunch {
		return failure.New(failurev1.Code_CODE_SPEC, "launch", fmt.Errorf("%d bytes", n))
	}
	if n := len(spec.GetPorts()); n > ports.MaxPublished {
		return failure.New(failurev1.Code_CODE_SPEC, "ports", fmt.Errorf("%d ports", n))
	}
	if spec.GetMain() != nil && spec.GetMain().GetId() == "" {
		return failure.New(failurev1.Code_CODE_SPEC, "main.id", fmt.Errorf("empty"))
	}
	return nil
}
