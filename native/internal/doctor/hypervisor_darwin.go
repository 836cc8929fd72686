package doctor

import "golang.org/x/sys/unix"

// hypervisor asks the kernel whether Hypervisor.framework works on this Mac.
func hypervisor() Access {
	found := Access{Name: "Hypervisor.framework", State: Usable}
	supported, err := unix.SysctlUint32("kern.hv_support")
	switch {
	case err != nil:
		found.State, found.Reason = Absent, err.Error()
	case supported == 0:
		found.State, found.Reason = Absent, "kern.hv_support is 0"
	}
	return found
}
