package relay

import (
	"encoding/binary"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	notifyInvalInode = 2
	notifyInvalEntry = 3
	// handleType is that of a number and a generation, as fs/fuse makes them.
	handleType = 0x81
)

// open opens a file by its number, if the kernel knows it.
func (c *change) open(number uint64) (int, error) {
	if number == 0 {
		return -1, unix.ESTALE
	}
	handle := binary.NativeEndian.AppendUint32(nil, uint32(number>>32))
	handle = binary.NativeEndian.AppendUint32(handle, uint32(number))
	handle = binary.NativeEndian.AppendUint32(handle, 0)
	return unix.OpenByHandleAt(c.root, unix.NewFileHandle(handleType, handle), unix.O_PATH|unix.O_CLOEXEC)
}

// forgetName makes the kernel look the name up again.
func (c *change) forgetName() {
	body := binary.LittleEndian.AppendUint64(nil, c.folder)
	body = binary.LittleEndian.AppendUint32(body, uint32(len(c.name)))
	body = binary.LittleEndian.AppendUint32(body, 0)
	c.notice(notifyInvalEntry, append(append(body, c.name...), 0))
}

// forgetFile makes it read the file and its attributes again.
func (c *change) forgetFile() {
	if c.fresh != 0 {
		c.notice(notifyInvalInode, append(binary.LittleEndian.AppendUint64(nil, c.fresh), make([]byte, 16)...))
	}
}

func (c *change) notice(code uint32, body []byte) {
	message := binary.LittleEndian.AppendUint32(nil, uint32(outHeaderBytes+len(body)))
	message = binary.LittleEndian.AppendUint32(message, code)
	message = binary.LittleEndian.AppendUint64(message, 0)
	_, _ = unix.Write(c.mount, append(message, body...))
}

// as has this thread's requests carry a group, which the host knows.
func as(group int, do func()) {
	_ = unix.Setfsgid(group)
	do()
	_ = unix.Setfsgid(0)
}

// setTimes sets the time of change, to the kernel's eyes, and maybe that of the last access.
func setTimes(file int, access int64) {
	times := []unix.Timespec{{Nsec: access}, {Nsec: unix.UTIME_NOW}}
	_ = unix.UtimesNanoAt(file, "", times, unix.AT_EMPTY_PATH)
}

func procPath(file int) string { return "/proc/self/fd/" + strconv.Itoa(file) }
