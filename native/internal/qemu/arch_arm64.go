package qemu

const defaultProgram = "qemu-system-aarch64"

const cpuModel = "max"

// lastDiskBus: every bus has an interrupt of its own.
const lastDiskBus = ""

const machineType = "virt,gic-version=3"

// The architecture's timer tells its rate: nothing to pass.
func archKernelLine(Config) []string {
	return []string{"initcall_blacklist=jent_mod_init"}
}

// TrueTimers: nothing was measured.
func TrueTimers(uint64) bool { return true }

// ramBase is where memory begins for the guest.
const ramBase = 0x4000_0000

// networkBus is any free one.
const networkBus = ""
