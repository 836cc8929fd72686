package pool

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
)

// kindOf keeps of a spec what the guest is made of, and with which image it rehearses. Nil: it says nothing that a guest
// could be made of.
func kindOf(spec *machinev1.MachineSpec) *kind {
	guest := &machinev1.MachineSpec{
		Vmm: spec.GetVmm(), Cpus: spec.GetCpus(), MemoryMib: spec.GetMemoryMib(),
		Kernel: spec.GetKernel(), AgentDisk: spec.GetAgentDisk(), EmptyDisk: spec.GetEmptyDisk(),
		RootDisk: spec.GetRootDisk(),
	}
	if spec.GetNetwork() != nil {
		guest.Network = &networkv1.Member{} // the device; which member it is comes later
	}
	if guest.GetCpus() == 0 || guest.GetMemoryMib() == 0 {
		return nil
	}
	paths := []string{guest.GetKernel(), guest.GetAgentDisk(), guest.GetEmptyDisk()}
	if guest.GetRootDisk() != "" {
		paths = append(paths, guest.GetRootDisk())
	}
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			return nil
		}
	}
	id, err := proto.MarshalOptions{Deterministic: true}.Marshal(guest)
	if err != nil {
		return nil
	}
	return &kind{id: string(id), guest: guest}
}

// forAny is the kind of the same guests that have rehearsed with no image and may be any sandbox's.
func (k *kind) forAny() *kind {
	guest := proto.CloneOf(k.guest)
	guest.RootDisk = ""
	return kindOf(guest)
}

// build is a program's file as it was when this process began: another one under the same name is
// another build.
type build struct {
	device, inode  uint64
	size, modified int64
}

func buildOf(program string) (build, error) {
	var stat unix.Stat_t
	if err := unix.Stat(program, &stat); err != nil {
		return build{}, &os.PathError{Op: "stat", Path: program, Err: err}
	}
	//nolint:unconvert // the fields' types differ between systems
	return build{uint64(stat.Dev), uint64(stat.Ino), stat.Size, unix.TimespecToNsec(stat.Mtim)}, nil
}

// is tells whether the program at this path is the build.
func (b build) is(program string) bool {
	other, err := buildOf(program)
	return err == nil && other == b
}
