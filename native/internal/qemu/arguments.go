package qemu

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// arguments is QEMU's command line. Disks come in the order vda, vdb, vdc.
func arguments(config Config) []string {
	args := append(machineArguments(),
		"-accel", "tcg",
		"-cpu", cpuModel,
		"-smp", strconv.FormatUint(uint64(config.CPUs), 10),
		"-m", strconv.FormatUint(uint64(config.MemoryMiB), 10)+"M",
		"-nodefaults", "-no-user-config", "-display", "none",
		// A panicking guest resets: that ends QEMU.
		"-no-reboot",
		"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
		"-kernel", config.Kernel,
		"-append", strings.Join(append(commonKernelLine(), archKernelLine(config.ClockKHz)...), " "),
		"-chardev", fmt.Sprintf("socket,id=control,fd=%d", controlFD),
		"-mon", "chardev=control,mode=control",
		"-device", "virtio-serial-device,id=serial",
		"-chardev", fmt.Sprintf("socket,id=console,fd=%d", consoleFD),
		"-device", "virtconsole,chardev=console,bus=serial.0",
		"-chardev", fmt.Sprintf("socket,id=agent,fd=%d", linkFD),
		"-device", "virtserialport,chardev=agent,name=menv.agent,bus=serial.0",
		"-object", "rng-random,id=entropy,filename=/dev/urandom",
		"-device", "virtio-rng-device,rng=entropy,max-bytes=4096,period=100",
	)
	args = append(args, disk("agent", config.AgentDisk, true, "")...)
	args = append(args, disk("root", config.RootDisk, true, "")...)
	return append(args, disk("changes", config.Disk, false, lastDiskBus)...)
}

// A full host stops the guest and tells over QMP, instead of failing its writes. Without a bus the
// next free one is taken.
func disk(name, path string, readOnly bool, bus string) []string {
	options, err := json.Marshal(map[string]any{
		"driver":    "raw",
		"node-name": name,
		"read-only": readOnly,
		"discard":   "unmap",
		"file": map[string]any{
			"driver":    "file",
			"filename":  path,
			"read-only": readOnly,
			"discard":   "unmap",
		},
	})
	if err != nil {
		panic(err) // strings and booleans always marshal
	}
	device := "virtio-blk-device,drive=" + name
	if bus != "" {
		device += ",bus=" + bus
	}
	return []string{"-blockdev", string(options), "-device", device}
}

func commonKernelLine() []string {
	return []string{"console=hvc0", "root=/dev/vda", "ro", "init=/init", "quiet", "panic=-1"}
}
