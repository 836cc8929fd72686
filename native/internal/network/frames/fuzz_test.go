package frames

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"
)

// A frame of any bytes is read without a fault, and what passes is the guest's own and lies within the frame.
func FuzzCheck(f *testing.F) {
	own4, own6 := netip.MustParseAddr("198.19.0.5"), netip.MustParseAddr("fd00::5")
	guard := &Guard{
		MAC: [6]byte{2, 0, 0, 0, 0, 5}, Gateway: [6]byte{2, 0, 0, 0, 0, 1}, Addresses: []netip.Addr{own4, own6},
		Gateways: []netip.Addr{netip.MustParseAddr("198.19.0.1"), netip.MustParseAddr("fd00::1")},
	}
	valid := func(frame []byte) {
		if _, reason := guard.Check(frame); reason != "" {
			f.Fatalf("a valid frame is dropped: %s", reason)
		}
		f.Add(frame)
	}
	for _, to := range []string{"8.8.8.8", "2606:4700::1111"} {
		request := Packet{Type: TypeIPv4, From: netip.MustParseAddr(to), To: own4}
		if request.From.Is6() {
			request.Type, request.To = TypeIPv6, own6
		}
		// A reply is written by the other end: with the ends changed it is one of the guest's frames.
		frame := (&Guard{MAC: guard.Gateway, Gateway: guard.MAC}).EchoReply(request, []byte("ping"))
		if request.Type == TypeIPv4 {
			frame[HeaderSize+20] = 8
		} else {
			frame[HeaderSize+40] = 128
		}
		valid(frame)
	}
	question := make([]byte, HeaderSize+28)
	PutHeader(question, [6]byte{255, 255, 255, 255, 255, 255}, guard.MAC, TypeARP)
	copy(question[HeaderSize:], []byte{0, 1, 8, 0, 6, 4, 0, 1})
	copy(question[HeaderSize+8:], guard.MAC[:])
	copy(question[HeaderSize+14:], own4.AsSlice())
	copy(question[HeaderSize+24:], guard.Gateways[0].AsSlice())
	valid(question)
	f.Fuzz(func(t *testing.T, frame []byte) {
		packet, reason := guard.Check(frame)
		if reason != "" {
			if !slices.Contains(Reasons(), reason) {
				t.Errorf("dropped for %q, which is not counted", reason)
			}
			return
		}
		if packet.Type == TypeARP {
			return
		}
		if !slices.Contains(guard.Addresses, packet.From) {
			t.Errorf("passes from %s", packet.From)
		}
		if !bytes.Contains(frame, packet.Payload) {
			t.Error("the packet's payload is not the frame's")
		}
		if packet.Echo() {
			data := packet.Payload[4:]
			if reply := guard.EchoReply(packet, data); !bytes.HasSuffix(reply, data) || [6]byte(reply) != guard.MAC {
				t.Errorf("reply % x", reply)
			}
		}
	})
}
