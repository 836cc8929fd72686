// Package volumewire is what the host's file server and the guest's relay agree on: FUSE's own
// messages over one virtio-console port, with the mount that a message is about in the highest bits of
// the field `unique`, which kernels count up from 0. The relay adds and removes them.
package volumewire

const (
	// PortName is the virtio-console port's name.
	PortName = "menv.volumes"
	// MountShift is where the mount's bits of `unique` begin.
	MountShift = 48
	// MaxVolumes bounds the mounts of one guest.
	MaxVolumes = 64
	// MaxData is what one request may write or read. Linux asks for no more than 256 pages at once.
	MaxData = 1 << 20
	// MaxRequest is a write with its headers, and more than any other message needs.
	MaxRequest = MaxData + 8<<10
)

// Messages of the host that are no notices for the kernel, by their code.
const (
	// CodeHold makes the relay carry nothing more to the host. It answers with OpHeld.
	CodeHold = 1000
	// CodeGoOn ends a hold.
	CodeGoOn = 1001
)

// OpHeld is the relay's own message: everything before it has arrived, in both directions.
const OpHeld = 1 << 20
