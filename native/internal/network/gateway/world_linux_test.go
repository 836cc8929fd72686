package gateway

import (
	"io"
	"maps"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	tcpipstack "gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"
	"sandboxfile/native/internal/network/stack"
)

// world stands for everything outside the host: any address answers, on any port, by an echo. It is
// behind the host's only network device, and sees each packet that the host sends.
type world struct {
	stack *tcpipstack.Stack
	names map[string][]netip.Addr
	serve map[uint16]func(net.Conn) // by port, what answers otherwise than by an echo
	// aliases lead from a name to another one; elsewhere are the names of the other resolver.
	aliases   map[string]string
	elsewhere map[string][]netip.Addr

	mu   sync.Mutex
	down bool           // no resolver answers
	seen map[string]int // destinations of packets, as written by target
}

const (
	worldMTU = 1500
	lanHost  = "192.168.77.1" // the host's address in its LAN
	hostIPv6 = "2001:470:1f0b::1"
	resolver = "9.9.9.9"
	// otherResolver is that of another network.
	otherResolver = "9.9.9.10"
)

// newWorld needs a namespace of its own.
func newWorld(t *testing.T) *world {
	t.Helper()
	needNamespace(t)
	tun, err := openTUN("world0")
	if err != nil {
		t.Skipf("no TUN devices here: %v", err)
	}
	for _, words := range []string{
		"link set world0 mtu 1500 up", "addr add " + lanHost + "/24 dev world0", "addr add " + hostIPv6 + "/64 dev world0 nodad",
		"route add default dev world0", "-6 route add default dev world0",
	} {
		if err := ip(strings.Fields(words)...); err != nil {
			t.Fatal(err)
		}
	}
	awaitAddress(t, hostIPv6)
	w := &world{
		names: make(map[string][]netip.Addr), aliases: make(map[string]string), elsewhere: make(map[string][]netip.Addr),
		serve: make(map[uint16]func(net.Conn)), seen: make(map[string]int),
	}
	w.start(t, tun)
	t.Cleanup(func() {
		tun.Close() // and with it the device and its routes
		w.stack.Destroy()
	})
	return w
}

// awaitAddress returns when the kernel, which notices late that a device is up, has the address as its own.
func awaitAddress(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		out, err := exec.Command("ip", "route", "get", address).CombinedOutput()
		if err == nil && strings.HasPrefix(string(out), "local ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s, %v", out, err)
		}
	}
}

func openTUN(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		return nil, err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "tun"), nil
}

func (w *world) start(t *testing.T, tun *os.File) {
	w.stack = tcpipstack.New(tcpipstack.Options{
		NetworkProtocols:   []tcpipstack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []tcpipstack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
	})
	end := channel.New(1024, worldMTU, "")
	failed := []tcpip.Error{w.stack.CreateNIC(1, end), w.stack.SetPromiscuousMode(1, true), w.stack.SetSpoofing(1, true)}
	for _, err := range failed {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.stack.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: 1}, {Destination: header.IPv6EmptySubnet, NIC: 1}})
	w.stack.SetTransportProtocolHandler(tcp.ProtocolNumber, tcp.NewForwarder(w.stack, 0, 1024, w.accept).HandlePacket)
	w.stack.SetTransportProtocolHandler(udp.ProtocolNumber, udp.NewForwarder(w.stack, w.associate).HandlePacket)
	go func() {
		packet := make([]byte, worldMTU)
		for {
			n, err := tun.Read(packet)
			if err != nil {
				return
			}
			w.capture(packet[:n])
			number := tcpip.NetworkProtocolNumber(ipv4.ProtocolNumber)
			if packet[0]>>4 == 6 {
				number = ipv6.ProtocolNumber
			}
			arrived := tcpipstack.NewPacketBuffer(tcpipstack.PacketBufferOptions{Payload: buffer.MakeWithData(packet[:n])})
			end.InjectInbound(number, arrived)
			arrived.DecRef()
		}
	}()
	ctx := t.Context()
	go func() {
		for {
			packet := end.ReadContext(ctx)
			if packet == nil {
				return
			}
			view := packet.ToView()
			_, _ = tun.Write(view.AsSlice())
			packet.DecRef()
		}
	}()
}

// capture notes where a packet of the host's goes; what IPv6 says to its neighbours is not the gateway's.
func (w *world) capture(packet []byte) {
	protocol, payload := packet[9], packet[min(20, len(packet)):]
	to := netip.AddrFrom4([4]byte(packet[16:]))
	if packet[0]>>4 == 6 {
		protocol, payload = packet[6], packet[40:]
		to = netip.AddrFrom16([16]byte(packet[24:]))
	}
	if to.IsMulticast() {
		return
	}
	const flags, syn = 13, 2
	if protocol == unix.IPPROTO_TCP && len(payload) > flags && payload[flags]&syn == 0 {
		return // of a connection that was seen to begin; the kernel repeats the end of an earlier test's, too
	}
	port := uint16(0)
	if (protocol == unix.IPPROTO_TCP || protocol == unix.IPPROTO_UDP) && len(payload) >= 4 {
		port = uint16(payload[2])<<8 | uint16(payload[3])
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[target(protocol, to, port)]++
}

func target(protocol byte, to netip.Addr, port uint16) string {
	name := map[byte]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_ICMP: "icmp", unix.IPPROTO_ICMPV6: "icmp"}[protocol]
	return name + " " + net.JoinHostPort(to.String(), strconv.Itoa(int(port)))
}

// taken is what was captured since it was last asked for.
func (w *world) taken() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = make(map[string]int)
	return seen
}

// awaits is what was captured until each of these had come: much is sent beside the frames.
func (w *world) awaits(t *testing.T, wanted map[string]bool) map[string]int {
	t.Helper()
	seen := make(map[string]int)
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		for name, count := range w.taken() {
			seen[name] += count
		}
		missing := slices.DeleteFunc(slices.Sorted(maps.Keys(wanted)), func(name string) bool { return seen[name] > 0 })
		if len(missing) == 0 {
			return seen
		}
		if time.Now().After(deadline) {
			t.Errorf("never reached: %v", missing)
			return seen
		}
	}
}

func (w *world) accept(request *tcp.ForwarderRequest) {
	port := request.ID().LocalPort
	queue := &waiter.Queue{}
	endpoint, err := request.CreateEndpoint(queue)
	request.Complete(false)
	if err != nil {
		return
	}
	conn := gonet.NewTCPConn(queue, endpoint)
	defer conn.Close()
	if serve := w.serve[port]; serve != nil {
		serve(conn)
		return
	}
	_, _ = io.Copy(conn, conn)
}

func (w *world) associate(request *udp.ForwarderRequest) bool {
	queue := &waiter.Queue{}
	port := request.ID().LocalPort
	own := stack.Plain(request.ID().LocalAddress)
	endpoint, err := request.CreateEndpoint(queue)
	if err != nil {
		return true
	}
	conn := gonet.NewUDPConn(queue, endpoint)
	go func() {
		defer conn.Close()
		buffer := make([]byte, worldMTU)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			answer := buffer[:n]
			if names := w.namesAt(netip.AddrPortFrom(own, port)); names != nil {
				answer = w.answer(names, answer)
			}
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	}()
	return true
}

// namesAt are what a name server knows; nil: there is none.
func (w *world) namesAt(at netip.AddrPort) map[string][]netip.Addr {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.down || at.Port() != 53:
		return nil
	case at.Addr().String() == resolver:
		return w.names
	case at.Addr().String() == otherResolver:
		return w.elsewhere
	}
	return nil
}

func (w *world) setDown(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
}

// answer is a name server's.
func (w *world) answer(names map[string][]netip.Addr, query []byte) []byte {
	var message dnsmessage.Message
	if message.Unpack(query) != nil {
		return nil
	}
	message.Response, message.RecursionAvailable, message.Additionals = true, true, nil
	question := message.Questions[0]
	head := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 60}
	name := strings.TrimSuffix(question.Name.String(), ".")
	for target, ok := w.aliases[name]; ok; target, ok = w.aliases[name] {
		canonical := dnsmessage.MustNewName(target + ".")
		message.Answers = append(message.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.CNAMEResource{CNAME: canonical}})
		head.Name, name = canonical, target
	}
	addresses, known := names[name]
	if !known {
		message.RCode = dnsmessage.RCodeNameError
	}
	for _, address := range addresses {
		switch {
		case address.Is4() && question.Type == dnsmessage.TypeA:
			message.Answers = append(message.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: address.As4()}})
		case address.Is6() && question.Type == dnsmessage.TypeAAAA:
			message.Answers = append(message.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: address.As16()}})
		}
	}
	packed, err := message.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// resolvConf is a file that names the world's name server.
func (w *world) resolvConf(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	nameServers(t, path, resolver)
	return path
}

// nameServers puts another file in the place of the one that there is, as those do who keep it.
func nameServers(t *testing.T, path string, servers ...string) {
	t.Helper()
	next := path + ".new"
	content := "nameserver " + strings.Join(servers, "\nnameserver ") + "\n"
	if err := os.WriteFile(next, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}
