package link

const (
	// Generation of the protocol. Both ends say theirs in Hello; the lower one is spoken.
	Generation = 1

	// PortName is the virtio-console port's name, as in /sys/class/virtio-ports/*/name.
	PortName = "menv.agent"

	// MaxMessageBytes bounds a message, in both directions.
	MaxMessageBytes = 1 << 20
	// MaxDataBytes bounds the payload of one data message (stdin, stdout, file and dial data).
	MaxDataBytes = 256 << 10
	// MaxPathBytes bounds a path in the guest, as Linux's PATH_MAX.
	MaxPathBytes = 4096

	// MaxStreams bounds the calls under way on one link.
	MaxStreams = 512

	// FrameBytes is what an end accepts in one DATA frame: a whole data message and its envelope,
	// so that bulk costs one frame header a message.
	FrameBytes = 512 << 10
	// StreamWindowBytes is the credit of one stream: the sender of bulk has the next message under
	// way while the receiver works on the last. It bounds what a stalled stream can pile up.
	StreamWindowBytes = 1 << 20
	// ConnectionWindowBytes lets every stream stall with its window full without holding up another.
	ConnectionWindowBytes = MaxStreams * StreamWindowBytes
	// HeaderBytes bounds one call's header block.
	HeaderBytes = 16 << 10
)
