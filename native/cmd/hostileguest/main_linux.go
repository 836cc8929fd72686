// Command hostileguest is what the tests of the jail run in place of the guest agent: a PID 1 that owns its
// kernel and attacks its VMM. It writes what it likes into every register of the virtio-mmio devices, and
// sets up queues full of nonsense in its memory. It is no part of the product.
package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// Of all devices of the microvm board: eight, of half a KiB each.
	registers   = 0xfeb00000
	deviceBytes = 0x200
	devices     = 8

	// queuePages are ours and at a known place of the guest's memory.
	queuePages = 16
)

func main() {
	seed := uint64(time.Now().UnixNano())
	// The test looks for this line: what comes after it may keep the console from working.
	fmt.Printf("hostileguest: attack with seed %d\n", seed)
	fmt.Println("hostileguest:", attack(rand.New(rand.NewPCG(seed, 0))))
	os.Exit(1)
}

// attack returns when it cannot begin; otherwise only the VM's end ends it.
func attack(random *rand.Rand) error {
	memory, err := unix.Open("/dev/mem", unix.O_RDWR|unix.O_SYNC, 0)
	if err != nil {
		return fmt.Errorf("/dev/mem: %w", err)
	}
	board, err := unix.Mmap(memory, registers, devices*deviceBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map the registers: %w", err)
	}
	pages, frames, err := queueMemory()
	if err != nil {
		return err
	}
	for {
		device := board[random.IntN(devices)*deviceBytes:][:deviceBytes]
		if random.IntN(4) == 0 {
			setUp(random, device, pages, frames)
			continue
		}
		for range random.IntN(64) {
			write(random, device, random.IntN(deviceBytes/4)*4, value(random, frames))
		}
	}
}

// queueMemory is memory whose frames are known.
func queueMemory() ([]byte, []uint64, error) {
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return nil, nil, fmt.Errorf("mount /proc: %w", err)
	}
	size := unix.Getpagesize()
	pages, err := unix.Mmap(-1, 0, queuePages*size, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_POPULATE|unix.MAP_LOCKED)
	if err != nil {
		return nil, nil, fmt.Errorf("memory for queues: %w", err)
	}
	pagemap, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return nil, nil, err
	}
	defer pagemap.Close()
	entries := make([]byte, 8*queuePages)
	first := int64(uintptr(unsafe.Pointer(unsafe.SliceData(pages)))) / int64(size)
	if _, err := pagemap.ReadAt(entries, first*8); err != nil {
		return nil, nil, fmt.Errorf("/proc/self/pagemap: %w", err)
	}
	frames := make([]uint64, queuePages)
	for i := range frames {
		const frameBits = 1<<55 - 1
		frames[i] = binary.NativeEndian.Uint64(entries[8*i:]) & frameBits
	}
	return pages, frames, nil
}
