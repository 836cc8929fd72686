// Package sockets reads the kernel's tables of the sandbox's sockets.
package sockets

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// States of a socket, as /proc/net shows them.
const (
	listenState      = "0A" // of tcp
	unconnectedState = "07" // of udp
)

// Listening are the TCP ports with a server that a connection to the loopback address reaches, ascending
// and at most limit.
func Listening(limit int) ([]uint32, error) {
	v4, err := bound("/proc/net/tcp", listenState, limit)
	if err != nil {
		return nil, err
	}
	v6, err := bound("/proc/net/tcp6", listenState, limit)
	if err != nil {
		return nil, err
	}
	ports := append(v4, v6...)
	slices.Sort(ports)
	ports = slices.Compact(ports)
	return ports[:min(limit, len(ports))], nil
}

// maxBound is more than a sandbox has UDP servers; those of its clients come and go.
const maxBound = 4096

// UDPOverV6 tells whether the UDP port's server can only be spoken to over IPv6.
func UDPOverV6(port uint32) bool {
	v4, err := bound("/proc/net/udp", unconnectedState, maxBound)
	if err != nil || slices.Contains(v4, port) {
		return false
	}
	v6, err := bound("/proc/net/udp6", unconnectedState, maxBound)
	return err == nil && slices.Contains(v6, port)
}

// bound are the local ports of sockets in a state at the loopback or at every address. A kernel
// without IPv6 has no table of it.
func bound(table, state string, limit int) ([]uint32, error) {
	file, err := os.Open(table)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Scan() // headings
	var ports []uint32
	for lines.Scan() && len(ports) < limit {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 {
			continue
		}
		if fields[3] != state {
			if state == listenState {
				break // connections come after all that listen
			}
			continue
		}
		if port, ok := reachable(fields[1]); ok {
			ports = append(ports, port)
		}
	}
	return ports, lines.Err()
}

// reachable is the port of an address like 0100007F:1F90, if the loopback address leads to it. The
// kernel writes addresses as words of the machine's order; both that it runs on are little-endian.
func reachable(local string) (uint32, bool) {
	address, digits, _ := strings.Cut(local, ":")
	port, err := strconv.ParseUint(digits, 16, 16)
	if err != nil || port == 0 {
		return 0, false
	}
	switch address {
	case "00000000", "00000000000000000000000000000000": // every address
	case "0100007F": // 127.0.0.1
	case "00000000000000000000000001000000": // ::1
	case "0000000000000000FFFF00000100007F": // 127.0.0.1 of an IPv6 socket
	default:
		return 0, false
	}
	return uint32(port), true
}
