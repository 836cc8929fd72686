package krun

import "sandboxfile/native/internal/jail"

// memoryOverhead is what the helper takes besides the guest's memory.
const memoryOverhead = 256 << 20

// profile is what the helper needs: the library, the guest's files, which libkrun opens by their paths, and
// the processor's virtualization.
func profile(config Config) jail.Profile {
	return jail.Profile{
		Read:        []string{config.Library, config.Kernel, config.AgentDisk, config.RootDisk},
		Write:       []string{config.Disk, "/dev/kvm"},
		MemoryBytes: uint64(config.MemoryMiB)<<20 + memoryOverhead,
	}
}
