package doctor

import "golang.org/x/sys/unix"

// memory: what is free is no figure of use on macOS, which keeps little free.
func memory() Memory {
	total, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return Memory{}
	}
	return Memory{Total: total}
}
