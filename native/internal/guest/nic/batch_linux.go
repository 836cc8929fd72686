package nic

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// batch is a row of requests to the kernel's rtnetlink, which takes them in their order.
type batch struct {
	buffer []byte
	names  []string // of the requests, for errors; their sequence numbers are their places plus one
	lax    []bool   // what is there already, or not there any more, is no error
}

const (
	nativeHeader = unix.SizeofNlMsghdr
	// noLinkLocal is addr_gen_mode "none": no address is made up, and nothing is announced to anybody.
	noLinkLocal = 1
)

var order = binary.NativeEndian

// hush keeps the device from saying anything by itself once it is up: there is one neighbour, whose address is
// told, so nobody is asked for and no group is joined.
func (b *batch) hush(index uint32) {
	b.begin("silence", unix.RTM_NEWLINK, 0, false)
	b.linkBody(index, unix.IFF_NOARP, unix.IFF_NOARP)
	mode := attribute(unix.IFLA_INET6_ADDR_GEN_MODE, []byte{noLinkLocal})
	b.attribute(unix.IFLA_AF_SPEC|unix.NLA_F_NESTED, attribute(unix.AF_INET6|unix.NLA_F_NESTED, mode))
	b.end()
}

func (b *batch) raise(index uint32) {
	b.begin("link up", unix.RTM_NEWLINK, 0, false)
	b.linkBody(index, unix.IFF_UP, unix.IFF_UP)
	b.end()
}

func (b *batch) lower(index uint32) {
	b.begin("link down", unix.RTM_NEWLINK, 0, false)
	b.linkBody(index, 0, unix.IFF_UP)
	b.end()
}

// identify may come while the device is up.
func (b *batch) identify(index uint32, mac net.HardwareAddr, mtu uint32) {
	b.begin("link", unix.RTM_NEWLINK, 0, false)
	b.linkBody(index, 0, 0)
	b.attribute(unix.IFLA_ADDRESS, mac)
	b.attribute(unix.IFLA_MTU, order.AppendUint32(nil, mtu))
	b.end()
}

func (b *batch) linkBody(index, flags, changed uint32) {
	b.buffer = append(b.buffer, unix.AF_UNSPEC, 0, 0, 0)
	b.words(index, flags, changed)
}

func (b *batch) address(index uint32, address netip.Addr) {
	flags := byte(0)
	if address.Is6() {
		flags = unix.IFA_F_NODAD // nobody else is on the wire
	}
	b.begin("address "+address.String(), unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, false)
	b.addressBody(index, address, flags)
}

func (b *batch) removeAddress(index uint32, address netip.Addr) {
	b.begin("old address "+address.String(), unix.RTM_DELADDR, 0, true)
	b.addressBody(index, address, 0)
}

func (b *batch) addressBody(index uint32, address netip.Addr, flags byte) {
	b.buffer = append(b.buffer, family(address), byte(address.BitLen()), flags, unix.RT_SCOPE_UNIVERSE)
	b.words(index)
	b.attribute(unix.IFA_LOCAL, address.AsSlice())
	b.attribute(unix.IFA_ADDRESS, address.AsSlice())
	b.end()
}

// neighbour spares the guest the question who has the gateway's address, and makes an answer from
// anybody else count for nothing.
func (b *batch) neighbour(index uint32, address netip.Addr, mac net.HardwareAddr) {
	b.begin("gateway "+address.String(), unix.RTM_NEWNEIGH, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, false)
	b.buffer = append(b.buffer, family(address), 0, 0, 0)
	b.words(index)
	b.buffer = order.AppendUint16(b.buffer, unix.NUD_PERMANENT)
	b.buffer = append(b.buffer, 0, 0)
	b.attribute(unix.NDA_DST, address.AsSlice())
	b.attribute(unix.NDA_LLADDR, mac)
	b.end()
}

// route leads everything to the gateway, whose own network is not the device's.
func (b *batch) route(index uint32, gateway, source netip.Addr) {
	b.begin("route by "+gateway.String(), unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, false)
	b.buffer = append(b.buffer, family(gateway), 0, 0, 0,
		unix.RT_TABLE_MAIN, unix.RTPROT_STATIC, unix.RT_SCOPE_UNIVERSE, unix.RTN_UNICAST)
	b.words(unix.RTNH_F_ONLINK)
	b.attribute(unix.RTA_GATEWAY, gateway.AsSlice())
	b.attribute(unix.RTA_OIF, order.AppendUint32(nil, index))
	if source.IsValid() {
		b.attribute(unix.RTA_PREFSRC, source.AsSlice())
	}
	b.end()
}

// commit asks the kernel for all of it and returns the first refusal.
func (b *batch) commit(socket int) error {
	if err := unix.Sendto(socket, b.buffer, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	// The kernel has done everything when the call returns: its answers are there. All are read, so that the next batch
	// finds its own.
	answers := make([]byte, 16<<10)
	var refused error
	for answered := 0; answered < len(b.names); {
		n, _, err := unix.Recvfrom(socket, answers, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		count, err := b.check(answers[:n])
		if count == 0 {
			return errNonsense
		}
		if refused == nil {
			refused = err
		}
		answered += count
	}
	return refused
}

var errNonsense = errors.New("the kernel's answer makes no sense")

// check counts the answers and returns the first refusal. What makes no sense is none.
func (b *batch) check(answers []byte) (count int, refused error) {
	for len(answers) >= nativeHeader+4 {
		size, kind, place := order.Uint32(answers), order.Uint16(answers[4:]), int(order.Uint32(answers[8:]))-1
		if kind != unix.NLMSG_ERROR || place < 0 || place >= len(b.names) || size < nativeHeader+4 || int(size) > len(answers) {
			break
		}
		if code := int32(order.Uint32(answers[nativeHeader:])); code != 0 && !b.lax[place] && refused == nil {
			refused = fmt.Errorf("%s: %w", b.names[place], unix.Errno(-code))
		}
		answers = answers[min(aligned(int(size)), len(answers)):]
		count++
	}
	return count, refused
}

func (b *batch) begin(name string, kind uint16, flags uint16, lax bool) {
	b.names, b.lax = append(b.names, name), append(b.lax, lax)
	b.words(0) // the size, see end
	b.buffer = order.AppendUint16(b.buffer, kind)
	b.buffer = order.AppendUint16(b.buffer, unix.NLM_F_REQUEST|unix.NLM_F_ACK|flags)
	b.words(uint32(len(b.names)), 0)
}

// end writes the size of the request that begin began.
func (b *batch) end() {
	start := 0
	for range len(b.names) - 1 {
		start += int(order.Uint32(b.buffer[start:]))
	}
	order.PutUint32(b.buffer[start:], uint32(len(b.buffer)-start))
}

func (b *batch) words(values ...uint32) {
	for _, value := range values {
		b.buffer = order.AppendUint32(b.buffer, value)
	}
}

func (b *batch) attribute(kind uint16, value []byte) {
	b.buffer = append(b.buffer, attribute(kind, value)...)
}

// attribute is type, length and value, padded.
func attribute(kind uint16, value []byte) []byte {
	const header = unix.SizeofRtAttr
	out := order.AppendUint16(nil, uint16(header+len(value)))
	out = order.AppendUint16(out, kind)
	out = append(out, value...)
	return append(out, make([]byte, aligned(len(out))-len(out))...)
}

func aligned(size int) int { return (size + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1) }

func family(address netip.Addr) byte {
	if address.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}
