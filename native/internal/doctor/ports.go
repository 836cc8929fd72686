package doctor

import (
	"context"
	"net"
	"strconv"
)

// maxPorts bounds what a project may have tried.
const maxPorts = 256

// Port of this host that a sandbox publishes.
type Port struct {
	Address string `json:"address"`
	Port    uint16 `json:"port"`
	UDP     bool   `json:"udp"`
}

// PortState is a port with why it cannot be used.
type PortState struct {
	Port
	Reason string `json:"reason,omitempty"`
}

// tryPorts binds each for a moment.
func tryPorts(ctx context.Context, ports []Port) []PortState {
	states := []PortState{}
	for _, port := range ports[:min(len(ports), maxPorts)] {
		state := PortState{Port: port}
		if err := tryPort(ctx, port); err != nil {
			state.Reason = err.Error()
		}
		states = append(states, state)
	}
	return states
}

func tryPort(ctx context.Context, port Port) error {
	address := net.JoinHostPort(port.Address, strconv.Itoa(int(port.Port)))
	var config net.ListenConfig
	if port.UDP {
		bound, err := config.ListenPacket(ctx, "udp", address)
		if err != nil {
			return err
		}
		return bound.Close()
	}
	bound, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return bound.Close()
}
