package sandbox

import "encoding/binary"

const (
	loadAddress = 0x400000
	elfHeader   = 64
	progHeader  = 56
)

// Two steps must be taken by processes inside the sandbox's pid namespace. They are static ELF
// files of some 200 bytes: Go programs in their place would cost megabytes of memory and delay the
// first user program by tens of milliseconds.

// initProgram is the sandbox's process 1: it ignores SIGCHLD, which makes the kernel reap whatever
// it adopts, and sleeps for good.
func initProgram() []byte { return program(initCode()) }

// procProgram mounts the namespace's proc at procTarget and exits with the errno: the kernel takes
// the namespace from the process that mounts.
func procProgram() []byte {
	return program(append(procCode(), "proc\x00"+procTarget+"\x00"...))
}

const procTarget = kernelDir + "/proc"

func program(code []byte) []byte {
	size := uint64(elfHeader + progHeader + len(code))
	le := binary.LittleEndian
	elf := make([]byte, 0, size)
	elf = append(elf, 0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	elf = le.AppendUint16(elf, 2) // executable
	elf = le.AppendUint16(elf, machine)
	elf = le.AppendUint32(elf, 1)
	elf = le.AppendUint64(elf, loadAddress+elfHeader+progHeader) // entry
	elf = le.AppendUint64(elf, elfHeader)                        // program headers
	elf = le.AppendUint64(elf, 0)
	elf = le.AppendUint32(elf, 0)
	for _, half := range []uint16{elfHeader, progHeader, 1, 0, 0, 0} {
		elf = le.AppendUint16(elf, half)
	}
	elf = le.AppendUint32(elf, 1) // loadable
	elf = le.AppendUint32(elf, 5) // read, execute
	for _, word := range []uint64{0, loadAddress, loadAddress, size, size, 0x1000} {
		elf = le.AppendUint64(elf, word)
	}
	return append(elf, code...)
}
