package sockets

import (
	"net"
	"slices"
	"testing"
)

func TestListeningAreThoseThatTheLoopbackReaches(t *testing.T) {
	reached := map[string]bool{"127.0.0.1:0": true, "0.0.0.0:0": true, "[::1]:0": true, "[::]:0": true, "127.0.0.2:0": false}
	for address, want := range reached {
		server, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		port := uint32(server.Addr().(*net.TCPAddr).Port)
		// A connection of the same port is no server.
		client, err := net.Dial("tcp", server.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		ports, err := Listening(1 << 16)
		if err != nil || slices.Contains(ports, port) != want || !slices.IsSorted(ports) {
			t.Errorf("%s: %v %v", address, ports, err)
		}
		if one, err := Listening(1); err != nil || len(one) > 1 {
			t.Errorf("the limit: %v %v", one, err)
		}
		_, _ = client.Close(), server.Close()
		if ports, _ = Listening(1 << 16); slices.Contains(ports, port) {
			t.Errorf("%s is told after its end", address)
		}
	}
}

func TestUDPOverV6IsForServersWithoutIPv4(t *testing.T) {
	for address, want := range map[string]bool{"127.0.0.1:0": false, "0.0.0.0:0": false, "[::1]:0": true} {
		network := "udp4"
		if want {
			network = "udp6"
		}
		server, err := net.ListenPacket(network, address)
		if err != nil {
			t.Fatal(err)
		}
		if got := UDPOverV6(uint32(server.LocalAddr().(*net.UDPAddr).Port)); got != want {
			t.Errorf("%s: %v", address, got)
		}
		_ = server.Close()
	}
}
