package qemu

import "strconv"

const defaultProgram = "qemu-system-x86_64"

// cpuModel hides the processor's fast string instructions: the kernel would copy by `rep movsb`,
// which emulation does byte by byte.
const cpuModel = "max,erms=off"

// lastDiskBus: buses are taken from the 7th down, and bus N has interrupt 5+N. The fifth device would
// share interrupt 8 with the clock chip, which does not share.
const lastDiskBus = "virtio-mmio-bus.2"

const machineType = "microvm,acpi=off,rtc=on"

// archKernelLine leaves out what costs a software-emulated boot time: calibrations, patching of
// code, drivers that find nothing, and pauses for old buses at each access to the timer. Without
// tsc_early_khz the guest's clock has 4 ms steps. Without no_timer_check a busy host makes the kernel
// miss the interrupts by which it tests its timer, and about one boot in thirty panics before the
// console is there.
func archKernelLine(config Config) []string {
	line := []string{
		"tsc=reliable", "no_timer_check", "io_delay=none", "noreplace-smp",
		"initcall_blacklist=svm_init,vmx_init,jent_mod_init", "reboot=t",
	}
	if !config.LocalTimers {
		line = append(line, "nolapic_timer")
	}
	if config.ClockKHz != 0 {
		line = append(line, "tsc_early_khz="+strconv.FormatUint(config.ClockKHz, 10))
	}
	return line
}

// timerHz: the local APIC counts nanoseconds, and Linux has it divide them by 16.
const timerHz = 1_000_000_000 / 16

// TrueTimers tells whether a kernel that has measured this rate for its processors' timers wakes up in time. It
// measures for 0.1 s by looking at two clocks, and errs by as much as it is kept from running in between: by 15 % on a
// busy host, which its own test lets pass. Of a rate that is too high timers are late. One that is too low has it wake
// early, find out and sleep again.
func TrueTimers(hz uint64) bool {
	return hz >= timerHz-timerHz/50 && hz <= timerHz+timerHz/2000
}

// ramBase is where memory begins for the guest.
const ramBase = 0

// networkBus is the next one.
const networkBus = "virtio-mmio-bus.1"
