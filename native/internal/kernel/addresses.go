package kernel

import (
	"debug/elf"
	"errors"
	"fmt"

	"golang.org/x/arch/x86/x86asm"
)

// readAddresses takes load address, entry and size out of krunfw_get_kernel's code: the function
// only stores these three constants, in that order, through its three pointer arguments.
func (b *Bundle) readAddresses(file *elf.File) error {
	code, err := readSymbol(file, "krunfw_get_kernel")
	if err != nil {
		return err
	}
	stored, err := storedConstants(code)
	if err != nil {
		return err
	}
	if len(stored) != 3 {
		return fmt.Errorf("kernel library: krunfw_get_kernel stores %d constants, expected 3", len(stored))
	}
	b.Load, b.Entry = stored[0], stored[1]
	size := uint64(len(b.Image))
	if stored[2] != size {
		return fmt.Errorf("kernel library: kernel of %d bytes announced as %d", size, stored[2])
	}
	if b.Entry < b.Load || b.Entry-b.Load >= size {
		return fmt.Errorf("kernel library: entry %#x is outside the kernel at %#x", b.Entry, b.Load)
	}
	return nil
}

func storedConstants(code []byte) ([]uint64, error) {
	var stored []uint64
	for len(code) > 0 {
		instruction, err := x86asm.Decode(code, 64)
		if err != nil {
			return nil, fmt.Errorf("kernel library: krunfw_get_kernel: %w", err)
		}
		if instruction.Op == x86asm.RET {
			return stored, nil
		}
		_, toMemory := instruction.Args[0].(x86asm.Mem)
		value, constant := instruction.Args[1].(x86asm.Imm)
		if instruction.Op == x86asm.MOV && toMemory && constant {
			stored = append(stored, uint64(value))
		}
		code = code[instruction.Len:]
	}
	return nil, errors.New("kernel library: krunfw_get_kernel does not return")
}
