package relay

import (
	"encoding/binary"
	"syscall"
	"unsafe"

	"sandboxfile/native/internal/volumewire"
)

const (
	inHeaderBytes  = 40
	outHeaderBytes = 16
	// Of the fields in both headers; an opcode is where the other one has its code.
	uniqueAt = 8
	mountAt  = uniqueAt + volumewire.MountShift/8
	codeAt   = 4
)

// up carries a mount's requests until it is gone.
//
//go:nosplit
func up(l *loop) {
	for {
		n, errno := read(l.mount, l.buffer)
		switch {
		case errno == syscall.EINTR, errno == syscall.EAGAIN, errno == syscall.ENOENT:
			continue // ENOENT: who asked was interrupted
		case errno != 0 || n < inHeaderBytes:
			return
		}
		binary.LittleEndian.PutUint16(l.buffer[mountAt:], l.number)
		l.relay.uplink.acquire()
		send(l.relay.port, l.buffer[:n])
		l.relay.uplink.release()
	}
}

// down carries answers and notices, and obeys what the host says to the relay itself.
//
//go:nosplit
func down(l *loop) {
	for have := 0; ; {
		n, errno := read(l.relay.port, l.buffer[have:])
		if errno == syscall.EINTR {
			continue
		}
		if errno != 0 || n == 0 {
			break
		}
		have += n
		done, ok := deliver(l.relay, l.buffer[:have])
		if !ok {
			break
		}
		if done > 0 {
			have = copy(l.buffer, l.buffer[done:have])
		}
	}
	_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 1, 0, 0)
}

// deliver hands whole messages on and tells how much they were.
//
//go:nosplit
func deliver(r *Relay, received []byte) (done int, ok bool) {
	for len(received)-done >= outHeaderBytes {
		message := received[done:]
		length := int(binary.LittleEndian.Uint32(message))
		if length < outHeaderBytes || length > volumewire.MaxRequest {
			return done, false
		}
		if length > len(message) {
			break
		}
		hand(r, message[:length])
		done += length
	}
	return done, true
}

//go:nosplit
func hand(r *Relay, message []byte) {
	switch binary.LittleEndian.Uint32(message[codeAt:]) {
	case volumewire.CodeHold:
		if !r.held {
			r.uplink.acquire()
			r.held = true
		}
		var held [inHeaderBytes]byte
		binary.LittleEndian.PutUint32(held[:], inHeaderBytes)
		binary.LittleEndian.PutUint32(held[codeAt:], volumewire.OpHeld)
		send(r.port, held[:])
		return
	case volumewire.CodeGoOn:
		if r.held {
			r.held = false
			r.uplink.release()
		}
		return
	}
	number := int(binary.LittleEndian.Uint16(message[mountAt:]))
	binary.LittleEndian.PutUint16(message[mountAt:], 0)
	if number < len(r.mounts) {
		// An answer that nobody waits for any more is refused; a mount that is gone takes none.
		_, _ = write(r.mounts[number], message)
	}
}

// send writes a whole message. A host that takes none has hung up, which down sees.
//
//go:nosplit
func send(fd int, message []byte) {
	for len(message) > 0 {
		n, errno := write(fd, message)
		if errno != 0 && errno != syscall.EINTR {
			return
		}
		message = message[n:]
	}
}

//go:nosplit
func read(fd int, buffer []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}

//go:nosplit
func write(fd int, data []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}
