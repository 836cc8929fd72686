package stack

import (
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"sandboxfile/native/internal/network/frames"
	"sandboxfile/native/internal/network/wire"
)

// endpoint is a wire as the stack's network device.
type endpoint struct {
	wire       *wire.Wire
	guest, own [6]byte
	mtu        uint32
	dispatcher atomic.Pointer[stack.NetworkDispatcher]
}

func (e *endpoint) MTU() uint32                           { return e.mtu }
func (*endpoint) SetMTU(uint32)                           {}
func (*endpoint) MaxHeaderLength() uint16                 { return 0 }
func (e *endpoint) LinkAddress() tcpip.LinkAddress        { return tcpip.LinkAddress(e.own[:]) }
func (*endpoint) SetLinkAddress(tcpip.LinkAddress)        {}
func (*endpoint) Wait()                                   {}
func (*endpoint) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareEther }
func (*endpoint) AddHeader(*stack.PacketBuffer)           {}
func (*endpoint) ParseHeader(*stack.PacketBuffer) bool    { return true }
func (*endpoint) Close()                                  {}
func (*endpoint) SetOnCloseAction(func())                 {}

// Capabilities: who has a guest's frame has it as the guest sent it, so its checksums are not looked at.
// There is one neighbour, whose address is known.
func (*endpoint) Capabilities() stack.LinkEndpointCapabilities {
	return stack.CapabilityRXChecksumOffload
}

func (e *endpoint) Attach(dispatcher stack.NetworkDispatcher) {
	if dispatcher == nil {
		e.dispatcher.Store(nil)
		return
	}
	e.dispatcher.Store(&dispatcher)
}

func (e *endpoint) IsAttached() bool { return e.dispatcher.Load() != nil }

// WritePackets waits for the guest, see Wire.Write: a stack has one guest and holds up no other.
func (e *endpoint) WritePackets(packets stack.PacketBufferList) (int, tcpip.Error) {
	for i, packet := range packets.AsSlice() {
		kind := frames.EtherType(packet.NetworkProtocolNumber)
		header := func(head []byte) { frames.PutHeader(head, e.guest, e.own, kind) }
		if err := e.wire.Assemble(header, packet.AsSlices()); err != nil {
			return i, &tcpip.ErrClosedForSend{}
		}
	}
	return packets.Len(), nil
}
