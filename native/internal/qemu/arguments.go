package qemu

import (
	"fmt"
	"strconv"
	"strings"

	"sandboxfile/native/internal/volumewire"
)

// arguments is QEMU's command line, to which it adds the files to inherit. Disks come in the order
// vda, vdb, vdc.
func arguments(config Config, inherited *descriptors) []string {
	args := append(machine(config, inherited),
		"-accel", "tcg",
		"-cpu", cpuModel,
		"-smp", strconv.FormatUint(uint64(config.CPUs), 10),
		"-m", strconv.FormatUint(uint64(config.MemoryMiB), 10)+"M",
		"-nodefaults", "-no-user-config", "-display", "none",
		// A panicking guest resets: that ends QEMU.
		"-no-reboot",
		"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
		"-chardev", fmt.Sprintf("socket,id=control,fd=%d", controlFD),
		"-mon", "chardev=control,mode=control",
		// Each port costs two queues, and the guest's kernel looks at all of them at each interrupt.
		"-device", "virtio-serial-device,id=serial,max_ports=4",
		"-chardev", fmt.Sprintf("socket,id=console,fd=%d", consoleFD),
		"-device", "virtconsole,chardev=console,bus=serial.0",
		"-chardev", fmt.Sprintf("socket,id=agent,fd=%d", linkFD),
		"-device", "virtserialport,id="+portID+",chardev=agent,name=menv.agent,bus=serial.0",
		"-chardev", fmt.Sprintf("socket,id=volumes,fd=%d", volumesFD),
		"-device", "virtserialport,chardev=volumes,name="+volumewire.PortName+",bus=serial.0",
		"-object", "rng-random,id=entropy,filename=/dev/urandom",
		"-device", "virtio-rng-device,rng=entropy,max-bytes=4096,period=100",
	)
	args = append(args, beginning(config, inherited)...)
	args = append(args, network(config)...)
	args = append(args, device("agent", rawNode("agent", inherited.disk(config.AgentDisk, true), true), "")...)
	args = append(args, device(rootNode, rawNode(rootNode, inherited.disk(config.RootDisk, true), true), "")...)
	args = append(args, device(changesNode, changes(inherited.chain(config.Disk)), lastDiskBus)...)
	return append(args, inherited.sets()...)
}

// machine is the board and its memory.
func machine(config Config, inherited *descriptors) []string {
	if config.RAM == nil {
		return []string{"-M", machineType}
	}
	kind := machineType
	if config.Devices {
		kind += ",suppress-vmdesc=on" // SaveDevices writes no description either
	}
	share := "off"
	if config.RAM.Shared {
		share = "on"
	}
	return []string{
		"-M", kind + ",memory-backend=ram",
		"-object", fmt.Sprintf("memory-backend-file,id=ram,size=%dM,mem-path=%s,share=%s",
			config.MemoryMiB, inherited.anew(config.RAM.File), share),
	}
}

// beginning is what the guest starts from: a kernel, or a state that comes over the control channel.
func beginning(config Config, inherited *descriptors) []string {
	if config.Devices {
		// SaveDevices leaves out the section that says which machine it is; ours is named by keys.
		return []string{"-incoming", "defer", "-global", "migration.send-configuration=off"}
	}
	if config.State != nil {
		return []string{"-incoming", "defer"}
	}
	line := append(commonKernelLine(), archKernelLine(config)...)
	return []string{"-kernel", inherited.open(config.Kernel), "-append", strings.Join(line, " ")}
}

// network is the same in every guest: which one it is, its agent is told later. Frames go out as they
// are, so the guest computes their checksums itself.
func network(config Config) []string {
	if !config.Network {
		return nil
	}
	// Neither is QEMU to announce the device, by a MAC that no guest has.
	silent := []string{"-global", "migration.announce-rounds=0"}
	// No guest_announce: a guest that goes on elsewhere would announce itself at the moment when its agent takes the
	// device down, and Linux's driver (6.12) then waits for that work while it holds the lock that the work waits for.
	// Here nobody learns from announcements anyway.
	device := "virtio-net-device,netdev=network,mac=02:00:00:00:00:01,guest_announce=off"
	if networkBus != "" {
		device += ",bus=" + networkBus
	}
	wire := fmt.Sprintf("dgram,id=network,local.type=fd,local.str=%d", networkFD)
	return append(silent, "-netdev", wire, "-device", device)
}

func commonKernelLine() []string {
	// The kernel gives what it does not know to the agent as its environment. A signal to whichever goroutine has run for
	// 10 ms is of no use there, and under emulation nearly everything takes as long the first time.
	const agent = "GODEBUG=asyncpreemptoff=1,updatemaxprocs=0"
	// Some calls, as a remount, wait for all processors to have passed a quiet state. The kernel sees to it at its next
	// ticks, 5 to 10 ms later, unless told to see to it at once.
	const rcu = "rcupdate.rcu_expedited=1"
	return []string{"console=hvc0", "root=/dev/vda", "ro", "init=/init", "quiet", "panic=-1", rcu, agent}
}

// Shape is what a guest must have in common with one whose state it goes on from: everything but the
// files' names and the host's clock.
func Shape(config Config) []string {
	same := Config{
		CPUs: config.CPUs, MemoryMiB: config.MemoryMiB, Network: config.Network, LocalTimers: config.LocalTimers,
	}
	return arguments(same, &descriptors{})
}
