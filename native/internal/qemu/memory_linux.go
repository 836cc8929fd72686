package qemu

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/sparse"
)

const (
	memoryPage  = 4 << 10
	memoryBlock = 1 << 20
	// Bits of /proc/PID/pagemap: in memory, swapped out, and a page of a file or shared.
	pagePresent = 1 << 63
	pageSwapped = 1 << 62
	pageOfFile  = 1 << 61
	// readers copy at once: one page fault waits for another's rarely.
	readers = 2
)

// span is a part of the guest's memory.
type span struct{ start, end int64 }

// CopyMemory writes the memory of a paused guest to an empty file, whose holes are pages of zeros. It
// reads QEMU's own memory, which a parent may: nothing has to be sent through QEMU. What the guest has
// not changed since it went on from a file is still in that file: rest copies it, while the guest
// goes on, and is to be called once.
func (vm *VM) CopyMemory(ctx context.Context, to *os.File) (rest func(context.Context) error, err error) {
	address, err := vm.memoryAddress(ctx)
	if err != nil {
		return nil, err
	}
	if err := to.Truncate(vm.memory); err != nil {
		return nil, err
	}
	own, err := vm.ownPages(address)
	if err != nil {
		return nil, err
	}
	if err := vm.copySpans(ctx, to, address, own); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return vm.copyShared(ctx, to, own) }, nil
}

// ownPages are those that are in no file: QEMU's alone.
func (vm *VM) ownPages(address int64) ([]span, error) {
	pages, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", vm.PID()))
	if err != nil {
		return nil, err
	}
	defer pages.Close()
	var own []span
	entries := make([]byte, memoryBlock)
	const reach = memoryBlock / 8 * memoryPage // of memory, by the entries read at once
	for at := int64(0); at < vm.memory; at += reach {
		part := entries[:min(vm.memory-at, reach)/memoryPage*8]
		if _, err := pages.ReadAt(part, (address+at)/memoryPage*8); err != nil {
			return nil, err
		}
		for i := 0; i < len(part); i += 8 {
			entry := binary.NativeEndian.Uint64(part[i:])
			if entry&(pagePresent|pageSwapped) == 0 || entry&pageOfFile != 0 {
				continue
			}
			start := at + int64(i/8)*memoryPage
			if last := len(own) - 1; last >= 0 && own[last].end == start && start-own[last].start < memoryBlock {
				own[last].end += memoryPage
			} else {
				own = append(own, span{start, start + memoryPage})
			}
		}
	}
	return own, nil
}

func (vm *VM) copySpans(ctx context.Context, to *os.File, address int64, own []span) error {
	var wait sync.WaitGroup
	failed := make([]error, readers)
	for i := range readers {
		first, end := len(own)*i/readers, len(own)*(i+1)/readers
		wait.Go(func() { failed[i] = vm.copyOwn(ctx, to, address, own[first:end]) })
	}
	wait.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// copyOwn reads as many spans at once as a call takes.
func (vm *VM) copyOwn(ctx context.Context, to *os.File, address int64, own []span) error {
	block := make([]byte, memoryBlock)
	for len(own) > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		taken, size := 0, int64(0)
		var remote []unix.RemoteIovec
		const maxVectors = 1024
		for taken < len(own) && taken < maxVectors && size+own[taken].end-own[taken].start <= memoryBlock {
			length := own[taken].end - own[taken].start
			remote = append(remote, unix.RemoteIovec{Base: uintptr(address + own[taken].start), Len: int(length)})
			size += length
			taken++
		}
		local := []unix.Iovec{{Base: &block[0]}}
		local[0].SetLen(int(size))
		n, err := unix.ProcessVMReadv(vm.PID(), local, remote, 0)
		if err != nil {
			return os.NewSyscallError("read QEMU's memory", err)
		}
		if int64(n) != size {
			return fmt.Errorf("read %d of %d bytes of QEMU's memory", n, size)
		}
		from := int64(0)
		for _, part := range own[:taken] {
			length := part.end - part.start
			if err := writePages(to, block[from:from+length], part.start); err != nil {
				return err
			}
			from += length
		}
		own = own[taken:]
	}
	return nil
}

// copyShared copies what is in the file and in none of QEMU's own pages.
func (vm *VM) copyShared(ctx context.Context, to *os.File, own []span) error {
	if vm.ram == nil {
		return nil
	}
	return sparse.EachRun(vm.ram, vm.memory, func(start, end int64) error {
		for len(own) > 0 && own[0].end <= start {
			own = own[1:]
		}
		for _, part := range own {
			if part.start >= end {
				break
			}
			if part.start > start {
				if err := sparse.CopyRange(ctx, to, vm.ram, start, start, part.start-start); err != nil {
					return err
				}
			}
			start = part.end
		}
		if start >= end {
			return nil
		}
		return sparse.CopyRange(ctx, to, vm.ram, start, start, end-start)
	})
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
