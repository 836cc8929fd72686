package frames

import (
	"encoding/binary"
	"net/netip"
)

// PutHeader writes the header of a frame.
func PutHeader(frame []byte, to, from [6]byte, kind EtherType) {
	copy(frame, to[:])
	copy(frame[6:], from[:])
	binary.BigEndian.PutUint16(frame[12:], uint16(kind))
}

// EchoReply is the frame that answers an echo request of the guest with data, its message from the
// identifier on.
func (g *Guard) EchoReply(request Packet, data []byte) []byte {
	const head = 4 // type, code, checksum
	message := make([]byte, head+len(data))
	copy(message[head:], data)
	var body []byte
	if request.Type == TypeIPv4 {
		const reply, header, ttl = 0, 20, 64
		message[0] = reply
		binary.BigEndian.PutUint16(message[2:], checksum(message, 0))
		body = make([]byte, header, header+len(message))
		body[0], body[8], body[9] = 0x45, ttl, ICMP
		binary.BigEndian.PutUint16(body[2:], uint16(header+len(message)))
		copy(body[12:], request.To.AsSlice())
		copy(body[16:], request.From.AsSlice())
		binary.BigEndian.PutUint16(body[10:], checksum(body, 0))
	} else {
		const reply, header, hops = 129, 40, 64
		message[0] = reply
		binary.BigEndian.PutUint16(message[2:], checksum(message, pseudo(request.To, request.From, len(message))))
		body = make([]byte, header, header+len(message))
		body[0], body[6], body[7] = 0x60, ICMPv6, hops
		binary.BigEndian.PutUint16(body[4:], uint16(len(message)))
		copy(body[8:], request.To.AsSlice())
		copy(body[24:], request.From.AsSlice())
	}
	frame := make([]byte, HeaderSize, HeaderSize+len(body)+len(message))
	PutHeader(frame, g.MAC, g.Gateway, request.Type)
	return append(append(frame, body...), message...)
}

// pseudo is the sum of the header that ICMPv6's checksum covers besides the message.
func pseudo(from, to netip.Addr, size int) uint32 {
	return sum(from.AsSlice(), 0) + sum(to.AsSlice(), 0) + uint32(size) + ICMPv6
}

func checksum(data []byte, initial uint32) uint16 {
	total := sum(data, initial)
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return ^uint16(total)
}

func sum(data []byte, total uint32) uint32 {
	for ; len(data) >= 2; data = data[2:] {
		total += uint32(data[0])<<8 | uint32(data[1])
	}
	if len(data) == 1 {
		total += uint32(data[0]) << 8
	}
	return total
}
