package kernel

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"strings"
	"testing"
)

// The code that compilers make of krunfw_get_kernel, with and without optimisation.
func TestStoredConstants(t *testing.T) {
	for name, code := range map[string][]byte{
		"-O0": {
			0x55, 0x48, 0x89, 0xe5, 0x48, 0x89, 0x7d, 0xf8, 0x48, 0x89, 0x75, 0xf0, 0x48, 0x89, 0x55, 0xe8,
			0x48, 0x8b, 0x45, 0xf8, 0x48, 0xc7, 0x00, 0x00, 0x00, 0x00, 0x01,
			0x48, 0x8b, 0x45, 0xf0, 0x48, 0xc7, 0x00, 0x23, 0x01, 0x00, 0x01,
			0x48, 0x8b, 0x45, 0xe8, 0x48, 0xc7, 0x00, 0x00, 0x00, 0x49, 0x01,
			0x48, 0x8b, 0x05, 0x97, 0x2e, 0x00, 0x00, 0x5d, 0xc3,
		},
		"-O2": {
			0x48, 0xc7, 0x07, 0x00, 0x00, 0x00, 0x01, 0x48, 0xc7, 0x06, 0x23, 0x01, 0x00, 0x01,
			0x48, 0xc7, 0x02, 0x00, 0x00, 0x49, 0x01, 0xc3,
		},
	} {
		stored, err := storedConstants(code)
		if err != nil || len(stored) != 3 || stored[0] != 0x1000000 || stored[1] != 0x1000123 || stored[2] != 0x1490000 {
			t.Errorf("%s: %#x %v", name, stored, err)
		}
	}
	if _, err := storedConstants([]byte{0x90, 0x90}); err == nil {
		t.Error("code without an end: taken")
	}
}

func noted(descriptor []byte) []byte {
	note := []byte("....Xen\x00 not a note")
	note = append(note, make([]byte, 32-len(note))...)
	note = binary.LittleEndian.AppendUint32(note, 4)
	note = binary.LittleEndian.AppendUint32(note, uint32(len(descriptor)))
	note = binary.LittleEndian.AppendUint32(note, xenPhysNote)
	return append(append(append(note, "Xen\x00"...), descriptor...), "the rest!"...)
}

func TestBootableFile(t *testing.T) {
	image := noted([]byte{0, 0, 0, 1})
	var out bytes.Buffer
	if err := (&Bundle{Machine: elf.EM_X86_64, Image: image, Load: 0x1000000, Entry: 0x1000010}).WriteBootable(&out); err != nil {
		t.Fatal(err)
	}
	file, err := elf.NewFile(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if file.Entry != 0x1000010 || file.Type != elf.ET_EXEC || len(file.Progs) != 2 {
		t.Errorf("%+v", file.FileHeader)
	}
	loaded, err := io.ReadAll(file.Progs[0].Open())
	if err != nil || !bytes.Equal(loaded, image) || file.Progs[0].Paddr != 0x1000000 {
		t.Errorf("%+v %v", file.Progs[0], err)
	}
	note, err := io.ReadAll(file.Progs[1].Open())
	if err != nil || file.Progs[1].Type != elf.PT_NOTE || binary.LittleEndian.Uint64(note[16:]) != 0x1000000 {
		t.Errorf("%x %v", note, err)
	}
}

func TestKernelsThatCannotBoot(t *testing.T) {
	for name, bundle := range map[string]*Bundle{
		"no note":          {Machine: elf.EM_X86_64, Image: make([]byte, 100)},
		"note at the end":  {Machine: elf.EM_X86_64, Image: noted(nil)[:48]},
		"entry of 3 bytes": {Machine: elf.EM_X86_64, Image: noted([]byte{1, 2, 3})},
		"no arm64 header":  {Machine: elf.EM_AARCH64, Image: make([]byte, 100)},
	} {
		if err := bundle.WriteBootable(io.Discard); err == nil {
			t.Errorf("%s: written", name)
		}
	}
	if _, err := ReadBundle(strings.NewReader("no library")); err == nil {
		t.Error("text taken as a library")
	}
}
