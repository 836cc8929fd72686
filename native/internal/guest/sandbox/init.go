package sandbox

import "encoding/binary"

const (
	loadAddress = 0x400000
	elfHeader   = 64
	progHeader  = 56
)

// initProgram is the sandbox's process 1, as a static ELF file of some 200 bytes: it ignores
// SIGCHLD, which makes the kernel reap whatever it adopts, and sleeps for good. A second Go
// program in its place would cost a megabyte of memory and delay the first user program.
func initProgram() []byte {
	code := initCode()
	size := uint64(elfHeader + progHeader + len(code))
	le := binary.LittleEndian
	elf := make([]byte, 0, size)
	elf = append(elf, 0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	elf = le.AppendUint16(elf, 2) // executable
	elf = le.AppendUint16(elf, initMachine)
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
