package krun

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/libkrun"
	"sandboxfile/native/internal/procstat"
	"sandboxfile/native/internal/vmm"
)

// hang is the deadline against hangs, generous for a busy machine.
const hang = 2 * time.Minute

// setUp is a VM's configuration with the real library, or says why there is none.
func setUp(t *testing.T) Config {
	t.Helper()
	folder := os.Getenv("MENV_ASSETS")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "dist", map[string]string{"amd64": "linux-x64", "arm64": "linux-arm64"}[runtime.GOARCH])
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	library, err := libkrun.Find("", folder)
	if err != nil {
		t.Skip(err)
	}
	device, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	device.Close()
	config := Config{
		Helper: filepath.Join(folder, "menv-krun"), Library: library.Path, CPUs: 1, MemoryMiB: 128,
		Kernel: filepath.Join(folder, "kernel"), AgentDisk: filepath.Join(folder, "agent.img"),
		RootDisk: filepath.Join(t.TempDir(), "root"), Disk: filepath.Join(t.TempDir(), "disk"), Network: true,
		LogLevel: 4,
	}
	for _, path := range []string{config.RootDisk, config.Disk} {
		if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config
}

func start(t *testing.T, config Config) *VM {
	t.Helper()
	vm, err := Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = vm.Kill()
		<-vm.Exited()
		vm.Streams().Close()
		vm.Close()
	})
	return vm
}

func awaitEnd(t *testing.T, vm *VM) {
	t.Helper()
	select {
	case <-vm.Exited():
	case <-time.After(hang):
		t.Fatal("the helper does not end")
	}
}

// TestEveryCallSucceedsAndTheProcessorRuns uses a kernel of a few instructions, which resets the
// machine: that the library tells it as the guest's own end shows that the processor ran them.
func TestEveryCallSucceedsAndTheProcessorRuns(t *testing.T) {
	config := setUp(t)
	if runtime.GOARCH != "amd64" {
		t.Skip("the kernel is made for x86-64")
	}
	config.Kernel = filepath.Join(t.TempDir(), "kernel")
	reset := []byte{0xb0, 0xfe, 0xe6, 0x64, 0xf4, 0xeb, 0xfd} // mov al,0xfe; out 0x64,al; hlt; jmp
	if err := os.WriteFile(config.Kernel, bootable(reset), 0o600); err != nil {
		t.Fatal(err)
	}
	vm := start(t, config)
	if err := vm.Begin(t.Context(), func() {}); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, vm)
	if event, open := <-vm.Events(); !open || event != vmm.GuestReset {
		t.Errorf("%v %v, %v", event, open, vm.Ended())
	}
	said := vm.Ended().Error()
	for _, wanted := range []string{"load_external_kernel", "Vmm is stopping"} {
		if !strings.Contains(said, wanted) {
			t.Errorf("no %q in %s", wanted, said)
		}
	}
	if devices := strings.Count(said, "set_irq_line"); devices != 7 {
		t.Errorf("%d devices, not balloon, rng, console, three disks and network:\n%s", devices, said)
	}
}

// TestTheRealKernelRuns: how far it gets is the host's affair, but its processor's thread takes time.
func TestTheRealKernelRuns(t *testing.T) {
	vm := start(t, setUp(t))
	if err := vm.Begin(t.Context(), func() {}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(hang); ; time.Sleep(10 * time.Millisecond) { // no event tells of it
		if used, err := procstat.ReadThread(vm.PID(), ProcessorThread); err == nil && used.CPUNanos > 0 {
			break
		}
		select {
		case <-vm.Exited():
			t.Fatal(vm.Ended())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("the processor does not run")
		}
	}
	if err := vm.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, vm)
	if said := vm.Ended().Error(); !strings.Contains(said, "load_external_kernel") {
		t.Error(said)
	}
}

func TestLibrariesThatCannotBeUsedAreNamed(t *testing.T) {
	config := setUp(t)
	whole, err := os.ReadFile(config.Library)
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(whole)
	binary.LittleEndian.PutUint16(other[18:], 183) // e_machine: AArch64
	old := bytes.ReplaceAll(whole, []byte("krun_add_disk3\x00"), []byte("krun_add_diskX\x00"))
	none := bytes.ReplaceAll(whole, []byte("krun_create_ctx\x00"), []byte("krun_create_ctX\x00"))
	for name, test := range map[string]struct {
		content []byte
		code    failurev1.Code
	}{
		"missing":      {nil, failurev1.Code_CODE_LIBKRUN_MISSING},
		"no library":   {[]byte("text"), failurev1.Code_CODE_LIBKRUN_UNUSABLE},
		"cut short":    {whole[:len(whole)/2], failurev1.Code_CODE_LIBKRUN_UNUSABLE},
		"of others":    {none, failurev1.Code_CODE_LIBKRUN_UNUSABLE},
		"architecture": {other, failurev1.Code_CODE_LIBKRUN_ARCHITECTURE},
		"old":          {old, failurev1.Code_CODE_LIBKRUN_OLD},
	} {
		t.Run(name, func(t *testing.T) {
			config := config
			config.Library = filepath.Join(t.TempDir(), "libkrun.so.1")
			if test.content != nil {
				if err := os.WriteFile(config.Library, test.content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := start(t, config).Begin(t.Context(), func() {})
			named, ok := errors.AsType[*failure.Error](err)
			if !ok || named.Code != test.code || named.Subject != config.Library {
				t.Errorf("%v", err)
			}
		})
	}
}

// bootable is an ELF file with code that is entered in 64-bit mode.
func bootable(code []byte) []byte {
	const load, page = 0x1000000, 0x1000
	var file bytes.Buffer
	file.Write([]byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	for _, field := range []any{
		uint16(2), uint16(62), uint32(1), uint64(load), uint64(64), uint64(0), uint32(0),
		uint16(64), uint16(56), uint16(1), uint16(64), uint16(0), uint16(0),
		uint32(1), uint32(7), uint64(page), uint64(load), uint64(load), uint64(len(code)), uint64(len(code)), uint64(page),
	} {
		_ = binary.Write(&file, binary.LittleEndian, field) // into memory
	}
	file.Write(make([]byte, page-file.Len()))
	file.Write(code)
	return file.Bytes()
}
