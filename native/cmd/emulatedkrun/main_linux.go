// Command emulatedkrun stands in for menv-krun where guests do not run on the hardware: told what that is told, it becomes a
// QEMU that emulates the same machine. Tests try with it all that lies above libkrun.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"

	"sandboxfile/native/internal/libkrun"
)

// kernelLine is what an emulated machine needs beyond libkrun's; its own way of rebooting ends QEMU.
const kernelLine = " tsc=reliable nolapic_timer no_timer_check io_delay=none noreplace-smp initcall_blacklist=svm_init,vmx_init,jent_mod_init reboot=t"

// The signal at the starter's end is the first thread's alone: another one that becomes QEMU outlives the starter.
func init() { runtime.LockOSThread() }

func main() {
	err := become()
	report, marshalled := json.Marshal(libkrun.Report{Failure: &libkrun.Failure{Kind: libkrun.Unusable, Subject: os.Args[0], Cause: fmt.Sprint(err)}})
	if marshalled == nil {
		_, _ = fmt.Printf("%s\n", report)
	}
	os.Exit(1)
}

// become returns only when it fails.
func become() error {
	var spec libkrun.Spec
	if err := json.NewDecoder(os.Stdin).Decode(&spec); err != nil {
		return err
	}
	program, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		return err
	}
	report, err := json.Marshal(libkrun.Report{Entering: true})
	if err != nil {
		return err
	}
	if _, err := fmt.Printf("%s\n", report); err != nil {
		return err
	}
	return syscall.Exec(program, append([]string{program}, arguments(spec)...), os.Environ())
}

func arguments(spec libkrun.Spec) []string {
	args := []string{
		"-M", "microvm,acpi=off,rtc=on", "-accel", "tcg", "-cpu", "max,erms=off",
		"-smp", strconv.FormatUint(uint64(spec.CPUs), 10), "-m", strconv.FormatUint(uint64(spec.MemoryMiB), 10) + "M",
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-kernel", spec.Kernel, "-append", spec.KernelLine + kernelLine,
		"-device", "virtio-serial-device,id=serial,max_ports=4",
		"-chardev", fmt.Sprintf("file,id=console,path=/dev/fd/%d", spec.Console),
		"-device", "virtconsole,chardev=console,bus=serial.0",
		"-object", "rng-random,id=entropy,filename=/dev/urandom",
		"-device", "virtio-rng-device,rng=entropy",
	}
	for _, port := range spec.Ports {
		args = append(args, "-chardev", fmt.Sprintf("socket,id=%s,fd=%d", port.Name, port.FD),
			"-device", fmt.Sprintf("virtserialport,chardev=%s,name=%s,bus=serial.0", port.Name, port.Name))
	}
	for at, disk := range spec.Disks {
		args = append(args, "-drive", fmt.Sprintf("if=none,format=raw,id=%s,file=%s,readonly=%s", disk.Name, disk.Path, onOff(disk.ReadOnly)))
		device := "virtio-blk-device,drive=" + disk.Name
		if at == len(spec.Disks)-1 {
			// The next bus shares its interrupt with the clock chip.
			device += ",bus=virtio-mmio-bus.2"
		}
		args = append(args, "-device", device)
	}
	return args
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
