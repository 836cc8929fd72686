package qemu

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

const (
	memoryPage  = 4 << 10
	memoryBlock = 1 << 20
	// pageThere are the bits of a page that QEMU has for itself: in memory or swapped out.
	pageThere = 1<<63 | 1<<62
)

// CopyMemory writes the memory of a paused guest to an empty file, whose holes are pages of zeros. It
// reads QEMU's own memory, which a parent may: nothing has to be sent through QEMU.
func (vm *VM) CopyMemory(ctx context.Context, to *os.File) error {
	address, err := vm.memoryAddress(ctx)
	if err != nil {
		return err
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", vm.PID()))
	if err != nil {
		return err
	}
	defer memory.Close()
	pages, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", vm.PID()))
	if err != nil {
		return err
	}
	defer pages.Close()
	if err := to.Truncate(vm.memory); err != nil {
		return err
	}
	block := make([]byte, memoryBlock)
	for at := int64(0); at < vm.memory; at += memoryBlock {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		used, err := vm.used(pages, address, at)
		if err != nil {
			return err
		}
		if !used {
			continue
		}
		if _, err := memory.ReadAt(block, address+at); err != nil {
			return err
		}
		if err := writePages(to, block, at); err != nil {
			return err
		}
	}
	return nil
}

// used tells whether a block may hold anything: QEMU has touched it, or the file has data below it.
func (vm *VM) used(pages *os.File, address, at int64) (bool, error) {
	entries := make([]byte, memoryBlock/memoryPage*8)
	if _, err := pages.ReadAt(entries, (address+at)/memoryPage*8); err != nil {
		return false, err
	}
	for i := 0; i < len(entries); i += 8 {
		if binary.NativeEndian.Uint64(entries[i:])&pageThere != 0 {
			return true, nil
		}
	}
	if vm.ram == nil {
		return false, nil
	}
	data, err := unix.Seek(int(vm.ram.Fd()), at, unix.SEEK_DATA)
	if err == unix.ENXIO {
		return false, nil
	}
	return data < at+memoryBlock, err
}

func writePages(to *os.File, block []byte, at int64) error {
	var empty [memoryPage]byte
	for first := 0; first < len(block); {
		end := first
		for end < len(block) && !bytes.Equal(block[end:end+memoryPage], empty[:]) {
			end += memoryPage
		}
		if end > first {
			if _, err := to.WriteAt(block[first:end], at+int64(first)); err != nil {
				return err
			}
		}
		first = end + memoryPage
	}
	return nil
}
