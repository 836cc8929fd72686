// Command krunfootprint starts libkrun's helper with an installation's kernel until the guest's processor
// runs, for a benchmark: `krunfootprint FOLDER`. It prints as JSON what memory the helper has then besides the
// guest's.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sandboxfile/native/internal/krun"
	"sandboxfile/native/internal/libkrun"
	"sandboxfile/native/internal/procstat"
)

const (
	guestMiB = 128
	// deadline is far above what a start takes.
	deadline = time.Minute
	poll     = time.Millisecond
	diskSize = 1 << 20
)

func main() {
	bytes, err := measure(os.Args[len(os.Args)-1])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(map[string]uint64{"bytes": bytes})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measure(folder string) (bytes uint64, err error) {
	library, err := libkrun.Find("", folder)
	if err != nil {
		return 0, err
	}
	disks, err := os.MkdirTemp("", "krunfootprint-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(disks)
	config := krun.Config{
		Helper: filepath.Join(folder, "menv-krun"), Library: library.Path, CPUs: 1, MemoryMiB: guestMiB,
		Kernel: filepath.Join(folder, "kernel"), AgentDisk: filepath.Join(folder, "agent.img"),
		RootDisk: filepath.Join(disks, "root"), Disk: filepath.Join(disks, "disk"), Network: true,
	}
	for _, path := range []string{config.RootDisk, config.Disk} {
		if err := os.WriteFile(path, make([]byte, diskSize), 0o600); err != nil {
			return 0, err
		}
	}
	vm, err := krun.Start(config)
	if err != nil {
		return 0, err
	}
	defer func() {
		err = errors.Join(err, vm.Kill())
		<-vm.Exited()
		vm.Streams().Close()
		vm.Close()
	}()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	if err := vm.Begin(ctx, func() {}); err != nil {
		return 0, err
	}
	// No event tells of it.
	for {
		if used, err := procstat.ReadThread(vm.PID(), krun.ProcessorThread); err == nil && used.CPUNanos > 0 {
			return besidesGuest(vm.PID())
		}
		select {
		case <-vm.Exited():
			return 0, vm.Ended()
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(poll):
		}
	}
}

// besidesGuest adds up the resident parts of all mappings but that of the guest's memory.
func besidesGuest(pid int) (uint64, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps", pid))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var sum, size uint64
	guests := 0
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var kilobytes uint64
		switch {
		case scan(lines.Text(), "Size:", &kilobytes):
			size = kilobytes << 10
			if isGuests(size) {
				guests++
			}
		case scan(lines.Text(), "Pss:", &kilobytes) && !isGuests(size):
			sum += kilobytes << 10
		}
	}
	if guests != 1 {
		return 0, fmt.Errorf("%d mappings could be the guest's memory", guests)
	}
	return sum, lines.Err()
}

// isGuests: the kernel may join to the guest's memory what is beside it.
func isGuests(size uint64) bool { return size >= guestMiB<<20 && size < (guestMiB+1)<<20 }

func scan(line, name string, kilobytes *uint64) bool {
	rest, found := strings.CutPrefix(line, name)
	if !found {
		return false
	}
	_, err := fmt.Sscanf(rest, "%d kB", kilobytes)
	return err == nil
}
