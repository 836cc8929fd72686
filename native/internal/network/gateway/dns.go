package gateway

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"sandboxfile/native/internal/network/policy"
	"sandboxfile/native/internal/network/stack"
)

const (
	namePort = 53
	// questionsOpen bounds those that are being answered; over that they are dropped.
	questionsOpen = 256
	// callers bounds connections to the TCP server, idleCaller how long one may say nothing.
	callers    = 32
	idleCaller = 20 * time.Second
	maxQuery   = 4096
)

// asker is a station as the resolver's client.
type asker struct{ *station }

func (a asker) Local(name string) ([]netip.Addr, bool) { return a.gateway.lookUp(name, a.station) }

func (a asker) MayAsk(name string) bool {
	return a.may(policy.Destination{Protocol: policy.DNS, Name: name})
}

func (a asker) MayLearn(name string, address netip.Addr) bool {
	return a.may(policy.Destination{Protocol: policy.DNS, Name: name, Address: address})
}

func (a asker) Learned(name string, address netip.Addr, ttl time.Duration) {
	a.names.learn(name, address, ttl)
}

func (a asker) may(to policy.Destination) bool { return a.gateway.policy.Decide(a.sandbox, to).Allow }

// serveNames answers on the gateway's addresses until ctx ends.
func (s *station) serveNames(ctx context.Context) error {
	open := &atomic.Int64{}
	pace := s.gateway.limits.Questions.limiter()
	for _, own := range s.guard.Gateways {
		address := tcpip.FullAddress{NIC: stack.NIC, Addr: stack.Address(own), Port: namePort}
		datagrams, err := gonet.DialUDP(s.stack.Stack, &address, nil, stack.Protocol(own))
		if err != nil {
			return fmt.Errorf("listen for questions: %w", err)
		}
		calls, err := gonet.ListenTCP(s.stack.Stack, address, stack.Protocol(own))
		if err != nil {
			datagrams.Close()
			return fmt.Errorf("listen for questions: %w", err)
		}
		context.AfterFunc(ctx, func() { datagrams.Close(); calls.Close() })
		s.work.Go(func() { s.answerDatagrams(ctx, datagrams, pace, open) })
		s.work.Go(func() { s.answerCalls(ctx, calls, pace) })
	}
	return nil
}

func (s *station) answerDatagrams(ctx context.Context, conn net.PacketConn, pace *rate.Limiter, open *atomic.Int64) {
	buffer := make([]byte, maxQuery)
	for {
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		if !pace.Allow() {
			continue
		}
		if open.Add(1) > questionsOpen {
			open.Add(-1)
			continue
		}
		query := append([]byte(nil), buffer[:n]...)
		s.work.Go(func() {
			defer open.Add(-1)
			if answer := s.gateway.resolver.Answer(ctx, asker{s}, query, 0); answer != nil {
				// A lost answer is asked for again.
				_, _ = conn.WriteTo(answer, from)
			}
		})
	}
}

func (s *station) answerCalls(ctx context.Context, listener net.Listener, pace *rate.Limiter) {
	places := make(chan struct{}, callers)
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		select {
		case places <- struct{}{}:
			s.work.Go(func() {
				defer func() { <-places }()
				defer conn.Close()
				unhook := context.AfterFunc(ctx, func() { conn.Close() })
				defer unhook()
				// The caller hears of a failure by the end of the connection.
				_ = s.answerCall(ctx, conn, pace)
			})
		default:
			conn.Close()
		}
	}
}

func (s *station) answerCall(ctx context.Context, conn net.Conn, pace *rate.Limiter) error {
	const most = 64<<10 - 1
	for {
		if err := conn.SetDeadline(time.Now().Add(idleCaller)); err != nil {
			return err
		}
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return err
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return err
		}
		if err := pace.Wait(ctx); err != nil {
			return err
		}
		answer := s.gateway.resolver.Answer(ctx, asker{s}, query, most)
		if answer == nil {
			return errors.New("not a question")
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return err
		}
	}
}
