// Command rawguest is what the bench compares the guest agent with: the least PID 1 that prints a
// line, and after that the least agent on a raw virtio-console port. It is no part of the product.
//
// Every request is a command byte and eight bytes, little endian:
//
//	p _  answers one byte: a round trip
//	x _  runs `sh -c true` and answers its exit status as one byte
//	o n  answers n bytes
//	i n  takes n bytes, then answers one
package main

import (
	"encoding/binary"
	"runtime"
	"syscall"
)

const (
	requestSize = 9
	// As the product's data messages.
	blockSize = 256 << 10
	port      = "/dev/vport0p1" // port 0 is the console
	shell     = "/mnt/bin/busybox"
)

func main() {
	// The figure is the time to this line: before it nothing is done.
	say("first line\n")
	if err := mountImage(); err != nil {
		fatal("mount", err)
	}
	fd, err := syscall.Open(port, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		fatal("open "+port, err)
	}
	runtime.LockOSThread()
	blockSignals()
	fatal("port", serve(fd))
}

// mountImage mounts the image's root file system; which kind it is, is the product's choice.
func mountImage() error {
	var err error
	for _, kind := range []string{"erofs", "ext4"} {
		if err = syscall.Mount("/dev/vdb", "/mnt", kind, syscall.MS_RDONLY, ""); err == nil {
			return nil
		}
	}
	return err
}

func serve(fd int) error {
	request := make([]byte, requestSize)
	block := make([]byte, blockSize)
	for {
		if err := readFull(fd, request); err != nil {
			return err
		}
		size := binary.LittleEndian.Uint64(request[1:])
		answer := []byte{request[0]}
		switch request[0] {
		case 'x':
			status, err := runShell()
			if err != nil {
				return err
			}
			answer[0] = status
		case 'o':
			if err := send(fd, block, size); err != nil {
				return err
			}
			continue
		case 'i':
			if err := drain(fd, block, size); err != nil {
				return err
			}
		}
		if err := writeFull(fd, answer); err != nil {
			return err
		}
	}
}

func runShell() (byte, error) {
	pid, err := syscall.ForkExec(shell, []string{"sh", "-c", "true"}, &syscall.ProcAttr{Files: []uintptr{0, 1, 2}})
	if err != nil {
		return 0, err
	}
	return wait(pid)
}

func send(fd int, block []byte, size uint64) error {
	for size > 0 {
		part := block[:min(size, uint64(len(block)))]
		if err := writeFull(fd, part); err != nil {
			return err
		}
		size -= uint64(len(part))
	}
	return nil
}

func drain(fd int, block []byte, size uint64) error {
	for size > 0 {
		n, err := read(fd, block[:min(size, uint64(len(block)))])
		if err != nil {
			return err
		}
		size -= uint64(n)
	}
	return nil
}
