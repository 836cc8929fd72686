// Package nic sets up the guest's one network device, as it is told to: nothing is asked for on the
// wire.
package nic

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
)

// device is the kernel's name of the only one there is.
const device = "eth0"

// way is how the kernel is told of the device. It is opened once, before a guest is copied: opening costs each copy a tenth of
// what its network adds to a start.
type way struct {
	netlink int
	index   uint32
}

var open = sync.OnceValues(func() (way, error) {
	index, err := deviceIndex()
	if err != nil {
		return way{}, fmt.Errorf("find %s: %w", device, err)
	}
	netlink, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	return way{netlink, index}, err
})

// maxAddresses bounds what a request may ask for.
const maxAddresses = 64

// Settings are what the device is to be.
type Settings struct {
	mac, gatewayMAC    net.HardwareAddr
	addresses          []netip.Addr
	gateway4, gateway6 netip.Addr
	mtu                uint32
}

// Read checks a request.
func Read(request *agentv1.NetworkInterface) (*Settings, error) {
	if n := len(request.GetAddresses()); n == 0 || n > maxAddresses {
		return nil, fmt.Errorf("%d addresses", n)
	}
	s := &Settings{mtu: request.GetMtu()}
	var failed [4]error
	s.mac, failed[0] = net.ParseMAC(request.GetMac())
	s.gatewayMAC, failed[1] = net.ParseMAC(request.GetGatewayMac())
	s.gateway4, failed[2] = netip.ParseAddr(request.GetGatewayIpv4())
	s.gateway6, failed[3] = netip.ParseAddr(request.GetGatewayIpv6())
	if err := errors.Join(failed[:]...); err != nil {
		return nil, err
	}
	for _, text := range request.GetAddresses() {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		s.addresses = append(s.addresses, address)
	}
	return s, nil
}

// Prepare raises the device, if there is one, without an address: what that takes is the same in every guest.
func Prepare() error {
	way, err := open()
	if errors.Is(err, unix.ENODEV) {
		return nil
	}
	if err != nil {
		return err
	}
	batch := &batch{}
	batch.hush(way.index)
	batch.raise(way.index)
	return batch.commit(way.netlink)
}

// Set gives the device, which Prepare has raised, its settings in place of former ones, nil at first. The
// kernel is asked once for everything: each call costs.
func Set(former, settings *Settings) error {
	way, err := open()
	if err != nil {
		return err
	}
	index, batch := way.index, &batch{}
	batch.clear(index, former)
	batch.identify(index, settings.mac, settings.mtu)
	for _, address := range settings.addresses {
		batch.address(index, address)
	}
	for _, gateway := range []netip.Addr{settings.gateway4, settings.gateway6} {
		batch.neighbour(index, gateway, settings.gatewayMAC)
		batch.route(index, gateway, settings.preferred(gateway))
	}
	return batch.commit(way.netlink)
}

// Clear takes the settings away: the device is as after Prepare, but for its MAC and MTU.
func Clear(former *Settings) error {
	way, err := open()
	if err != nil {
		return err
	}
	batch := &batch{}
	batch.clear(way.index, former)
	return batch.commit(way.netlink)
}

func (b *batch) clear(index uint32, former *Settings) {
	if former == nil {
		return
	}
	// What else the device had, routes and IPv6 addresses, goes when it is down.
	b.lower(index)
	for _, address := range former.addresses {
		if address.Is4() {
			b.removeAddress(index, address)
		}
	}
	b.raise(index)
}

// preferred is the address that connections through the gateway come from.
func (s *Settings) preferred(gateway netip.Addr) netip.Addr {
	for _, address := range s.addresses {
		if address.Is4() == gateway.Is4() {
			return address
		}
	}
	return netip.Addr{}
}

func deviceIndex() (uint32, error) {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer func() { _ = unix.Close(socket) }()
	request, err := unix.NewIfreq(device)
	if err != nil {
		return 0, err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFINDEX, request); err != nil {
		return 0, err
	}
	return request.Uint32(), nil
}
