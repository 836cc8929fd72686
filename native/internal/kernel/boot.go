package kernel

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// WriteBootable writes the file that VMMs boot. For x86-64 that is an ELF file with a PVH note:
// QEMU's microvm enters at the note's 32-bit address, libkrun at e_entry. For arm64 it is the
// kernel's own Image format.
func (b *Bundle) WriteBootable(w io.Writer) error {
	if b.Machine == elf.EM_AARCH64 {
		return b.writeImage(w)
	}
	return b.writePVH(w)
}

// Offset and value of the magic number in the arm64 boot header.
const (
	armMagicOffset = 0x38
	armMagic       = "ARM\x64"
)

func (b *Bundle) writeImage(w io.Writer) error {
	if len(b.Image) < 64 || string(b.Image[armMagicOffset:armMagicOffset+4]) != armMagic {
		return errors.New("kernel: no arm64 boot header")
	}
	_, err := w.Write(b.Image)
	return err
}

const (
	pageSize    = 0x1000
	ehdrSize    = 64
	phdrSize    = 56
	xenPhysNote = 18 // XEN_ELFNOTE_PHYS32_ENTRY
)

func (b *Bundle) writePVH(w io.Writer) error {
	entry, err := b.pvhEntry()
	if err != nil {
		return err
	}
	note := binary.LittleEndian.AppendUint32(nil, 4)
	note = binary.LittleEndian.AppendUint32(note, 8)
	note = binary.LittleEndian.AppendUint32(note, xenPhysNote)
	note = append(note, "Xen\x00"...)
	note = binary.LittleEndian.AppendUint64(note, entry)

	var head bytes.Buffer
	size := uint64(len(b.Image))
	for _, part := range []any{
		elf.Header64{
			Ident:   [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
			Type:    uint16(elf.ET_EXEC),
			Machine: uint16(elf.EM_X86_64),
			Version: uint32(elf.EV_CURRENT),
			Entry:   b.Entry, Phoff: ehdrSize,
			Ehsize: ehdrSize, Phentsize: phdrSize, Phnum: 2, Shentsize: 64,
		},
		elf.Prog64{
			Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W | elf.PF_X),
			Off: pageSize, Vaddr: b.Load, Paddr: b.Load, Filesz: size, Memsz: size, Align: pageSize,
		},
		elf.Prog64{
			Type: uint32(elf.PT_NOTE), Flags: uint32(elf.PF_R),
			Off: ehdrSize + 2*phdrSize, Filesz: uint64(len(note)), Memsz: uint64(len(note)), Align: 4,
		},
	} {
		if err := binary.Write(&head, binary.LittleEndian, part); err != nil {
			return err
		}
	}
	head.Write(note)
	head.Write(make([]byte, pageSize-head.Len()))
	if _, err := w.Write(head.Bytes()); err != nil {
		return err
	}
	_, err = w.Write(b.Image)
	return err
}

// pvhEntry finds the kernel's own PVH note: the raw image has lost its headers, not its notes.
func (b *Bundle) pvhEntry() (uint64, error) {
	const header = 12
	for at := header; ; {
		next := bytes.Index(b.Image[at:], []byte("Xen\x00"))
		if next < 0 {
			return 0, errors.New("kernel: no PVH entry note")
		}
		at += next + 4
		fields := b.Image[at-4-header:]
		nameSize := binary.LittleEndian.Uint32(fields)
		descSize := binary.LittleEndian.Uint32(fields[4:])
		kind := binary.LittleEndian.Uint32(fields[8:])
		if nameSize != 4 || kind != xenPhysNote || len(b.Image)-at < 8 {
			continue
		}
		switch descSize {
		case 4:
			return uint64(binary.LittleEndian.Uint32(b.Image[at:])), nil
		case 8:
			return binary.LittleEndian.Uint64(b.Image[at:]), nil
		default:
			return 0, fmt.Errorf("kernel: PVH entry of %d bytes", descSize)
		}
	}
}
