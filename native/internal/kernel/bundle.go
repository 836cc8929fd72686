// Package kernel takes the guest kernel out of a libkrunfw library and wraps it so that every VMM
// we use can boot it. The library is parsed, never loaded: a build for arm64 runs on an x86-64 host.
package kernel

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
)

// Largest payload accepted; the kernels seen are 21 and 24 MB.
const maxPayload = 256 << 20

// Bundle is the kernel as libkrunfw carries it: a raw memory image.
type Bundle struct {
	Machine elf.Machine
	Image   []byte
	Load    uint64 // physical address the image is made for; x86-64 only
	Entry   uint64 // 64-bit entry point; x86-64 only
}

// ReadBundle parses a libkrunfw shared library.
func ReadBundle(library io.ReaderAt) (*Bundle, error) {
	file, err := elf.NewFile(library)
	if err != nil {
		return nil, fmt.Errorf("kernel library: %w", err)
	}
	payload, err := readSymbol(file, "KERNEL_BUNDLE")
	if err != nil {
		return nil, err
	}
	if len(payload) < 2 || payload[len(payload)-1] != 0 {
		return nil, errors.New("kernel library: KERNEL_BUNDLE is not a terminated string literal")
	}
	// The C compiler ends the literal with a NUL that is not part of the kernel.
	bundle := &Bundle{Machine: file.Machine, Image: payload[:len(payload)-1]}
	switch file.Machine {
	case elf.EM_X86_64:
		if err := bundle.readAddresses(file); err != nil {
			return nil, err
		}
	case elf.EM_AARCH64: // position independent, the header inside the image says all there is
	default:
		return nil, fmt.Errorf("kernel library: no guest of machine %v", file.Machine)
	}
	return bundle, nil
}

func readSymbol(file *elf.File, name string) ([]byte, error) {
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return nil, fmt.Errorf("kernel library: %w", err)
	}
	for _, symbol := range symbols {
		if symbol.Name != name {
			continue
		}
		if symbol.Size == 0 || symbol.Size > maxPayload {
			return nil, fmt.Errorf("kernel library: %s has %d bytes", name, symbol.Size)
		}
		return readAddress(file, symbol.Value, symbol.Size)
	}
	return nil, fmt.Errorf("kernel library: no symbol %s", name)
}

func readAddress(file *elf.File, address, size uint64) ([]byte, error) {
	for _, segment := range file.Progs {
		if segment.Type != elf.PT_LOAD || address < segment.Vaddr {
			continue
		}
		offset := address - segment.Vaddr
		if offset > segment.Filesz || size > segment.Filesz-offset {
			continue
		}
		data := make([]byte, size)
		if _, err := segment.ReadAt(data, int64(offset)); err != nil {
			return nil, fmt.Errorf("kernel library: %w", err)
		}
		return data, nil
	}
	return nil, fmt.Errorf("kernel library: address %#x is in no segment", address)
}
