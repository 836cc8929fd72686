// Package listening tells where servers in the sandbox wait for connections.
package listening

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/sockets"
)

const (
	maxWatches = 16
	maxPorts   = 512
	// The kernel has no event for a socket that begins to listen. A look costs a fraction of a
	// millisecond of the guest; while nothing changes it becomes rare.
	shortPause = 250 * time.Millisecond
	longPause  = 2 * time.Second
)

// Service is menv.agent.v1.PortService.
type Service struct {
	watches atomic.Int32
}

// NewService makes the service.
func NewService() *Service { return &Service{} }

// WatchListening tells what listens and then each change, until the client leaves.
func (s *Service) WatchListening(ctx context.Context, _ *agentv1.WatchListeningRequest, stream *connect.ServerStream[agentv1.WatchListeningResponse]) error {
	if s.watches.Add(1) > maxWatches {
		s.watches.Add(-1)
		return fault.Limit("watches of ports")
	}
	defer s.watches.Add(-1)
	var told []uint32
	for pause, first := shortPause, true; ; first = false {
		now, err := sockets.Listening(maxPorts)
		if err != nil {
			return fault.File("/proc/net/tcp", err)
		}
		if first || !slices.Equal(told, now) {
			if err := stream.Send(&agentv1.WatchListeningResponse{TcpPorts: now}); err != nil {
				return err
			}
			told, pause = now, shortPause
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(pause*3/2, longPause)
	}
}
