package relay

import (
	"encoding/binary"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/volumewire"
)

const (
	inHeaderBytes  = 40
	outHeaderBytes = 16
	// Of the fields in both headers; an opcode is where the other one has its code.
	uniqueAt = 8
	mountAt  = uniqueAt + volumewire.MountShift/8
	codeAt   = 4
	// Requests without an answer.
	opForget      = 2
	opBatchForget = 42
	// maxForgets is how many bytes of them may wait, forgetWait for how long: what is forgotten may be the last
	// that keeps a removed file's place on the host's disk.
	maxForgets = 32 << 10
	forgetWait = 20 * time.Millisecond
)

// up carries a mount's requests until it is gone. What nobody waits for goes with what comes next, if that is
// soon: each message costs as much as a short answer.
//
//go:nosplit
func up(l *loop) {
	for have := 0; ; {
		if have > 0 && !comes(l.mount, forgetWait) {
			carry(l, have)
			have = 0
		}
		request := l.buffer[have : have+volumewire.MaxRequest]
		n, errno := read(l.mount, request)
		switch {
		case errno == syscall.EINTR, errno == syscall.EAGAIN, errno == syscall.ENOENT:
			continue // ENOENT: who asked was interrupted
		case errno != 0 || n < inHeaderBytes:
			return
		}
		binary.LittleEndian.PutUint16(request[mountAt:], l.number)
		have += n
		if opcode := binary.LittleEndian.Uint32(request[codeAt:]); opcode == opForget || opcode == opBatchForget {
			if have <= maxForgets {
				continue
			}
		}
		carry(l, have)
		have = 0
	}
}

//go:nosplit
func carry(l *loop, have int) {
	l.relay.uplink.acquire()
	send(l.relay.port, l.buffer[:have])
	l.relay.uplink.release()
}

// down carries answers and notices, and hands over what the host says to the relay itself. It waits for
// nobody but the host and the kernel.
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
	case volumewire.CodeHold, volumewire.CodeGoOn:
		_, _ = write(r.orders, message[codeAt:codeAt+1])
		return
	case volumewire.CodeChanged:
		_, _ = write(r.changes, message)
		return
	}
	number := int(binary.LittleEndian.Uint16(message[mountAt:]))
	binary.LittleEndian.PutUint16(message[mountAt:], 0)
	if number < len(r.mounts) {
		// An answer that nobody waits for any more is refused; a mount that is gone takes none, nor does none.
		_, _ = write(int(atomic.LoadInt32(&r.mounts[number])), message)
	}
}

// obey holds the way to the host and lets it go on. It waits for a message under way, which may need down to
// go on.
//
//go:nosplit
func obey(l *loop) {
	hold := int(volumewire.CodeHold & 0xff)
	for held := false; ; {
		if n, errno := read(l.mount, l.buffer[:1]); errno != 0 || n == 0 {
			continue
		}
		if int(l.buffer[0]) == hold {
			if !held {
				l.relay.uplink.acquire()
				held = true
			}
			answer := l.buffer[1 : 1+inHeaderBytes]
			binary.LittleEndian.PutUint32(answer, inHeaderBytes)
			binary.LittleEndian.PutUint32(answer[codeAt:], volumewire.OpHeld)
			send(l.relay.port, answer)
		} else if held {
			held = false
			l.relay.uplink.release()
		}
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

// comes tells whether a read will answer within the time.
//
//go:nosplit
func comes(fd int, within time.Duration) bool {
	asked := unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	limit := unix.Timespec{Nsec: int64(within)} // less than a second
	n, _, _ := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&asked)), 1, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	return n == 1
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
