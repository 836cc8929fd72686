package main

import (
	"net"
	"os"
	"runtime"
	"syscall"

	"sandboxfile/native/internal/libkrun"
)

// Constants of libkrun.h.
const (
	logToStderr   = 2
	logPlain      = 2 // no colours
	logIgnoresEnv = 1
	kernelRaw     = 0
	kernelELF     = 1
	diskRaw       = 0
	syncFull      = 2 // what the guest flushes is durable
)

// virtualMachine is a configured one.
type virtualMachine struct {
	calls   *calls
	context uint32
	failed  error // of the first call that failed
}

// configure makes the devices of the design, and none that the library would add by itself: no
// folder of the host, no sockets of the host.
func configure(calls *calls, spec *libkrun.Spec) (*virtualMachine, error) {
	vm := &virtualMachine{calls: calls}
	vm.check("krun_init_log", calls.initLog(logToStderr, spec.LogLevel, logPlain, logIgnoresEnv))
	vm.context = vm.check("krun_create_ctx", calls.createContext())
	vm.check("krun_set_vm_config", calls.setVMConfig(vm.context, uint8(spec.CPUs), spec.MemoryMiB))
	vm.check("krun_set_kernel", calls.setKernel(vm.context, spec.Kernel, kernelFormat(), nil, spec.KernelLine))
	vm.check("krun_disable_implicit_console", calls.noImplicitConsole(vm.context))
	vm.check("krun_disable_implicit_vsock", calls.noImplicitVsock(vm.context))
	for _, disk := range spec.Disks {
		vm.check("krun_add_disk3", calls.addDisk(vm.context, disk.Name, disk.Path, diskRaw, disk.ReadOnly, false, syncFull))
	}
	// The first port of the first console is hvc0, and only a terminal's port can be one.
	console := vm.check("krun_add_virtio_console_multiport", calls.addConsole(vm.context))
	vm.check("krun_add_console_port_tty", calls.addTerminalPort(vm.context, console, "", int32(spec.Console)))
	for _, port := range spec.Ports {
		vm.check("krun_add_console_port_inout", calls.addStreamPort(vm.context, console, port.Name, int32(port.FD), int32(port.FD)))
	}
	if spec.Net != nil {
		vm.addNetwork(spec.Net)
	}
	return vm, vm.failed
}

// enter runs the VM. At its end the library ends this process.
func (vm *virtualMachine) enter() error {
	vm.check("krun_start_enter", vm.calls.startAndNeverLeave(vm.context))
	if vm.failed == nil {
		vm.failed = &libkrun.Error{Kind: libkrun.Refused, Subject: "krun_start_enter", Cause: os.ErrInvalid}
	}
	return vm.failed
}

func (vm *virtualMachine) addNetwork(card *libkrun.Net) {
	mac, err := net.ParseMAC(card.MAC)
	if err != nil || len(mac) != 6 {
		vm.check("krun_add_net_unixgram", -int32(syscall.EINVAL))
		return
	}
	// No offloads: the gateway gets whole, checked frames of the usual size.
	const features, flags = 0, 0
	vm.check("krun_add_net_unixgram", vm.calls.addNetworkCard(vm.context, nil, int32(card.FD), &mac[0], features, flags))
}

// check keeps the first failure and passes the answer on.
func (vm *virtualMachine) check(call string, answer int32) uint32 {
	if answer < 0 && vm.failed == nil {
		vm.failed = &libkrun.Error{Kind: libkrun.Refused, Subject: call, Cause: syscall.Errno(-answer)}
	}
	return uint32(answer)
}

// kernelFormat is that of the files that internal/kernel writes.
func kernelFormat() uint32 {
	if runtime.GOARCH == "arm64" {
		return kernelRaw
	}
	return kernelELF
}
