// Package audit makes the log of what a sandbox was denied: JSON, a line each, bounded in rate.
package audit

import (
	"encoding/json"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"sandboxfile/native/internal/network/policy"
	"sandboxfile/native/internal/network/secrets"
)

const (
	// A guest that is denied more often than that is counted.
	perSecond = 20
	ahead     = 200
	maxNames  = 4
)

// Line is one denial, or a secret that was used; at the end of a connection to the network, what there was
// in all.
type Line struct {
	At       time.Time `json:"at"`
	Protocol string    `json:"protocol,omitempty"`
	Address  string    `json:"address,omitempty"`
	Port     uint16    `json:"port,omitempty"`
	// Names that were asked for, or by which the address was resolved.
	Names  []string `json:"names,omitempty"`
	Rule   string   `json:"rule,omitempty"`
	Reason string   `json:"reason,omitempty"`
	// Secret was used in a request, or its placeholder was met where it may not be: then there is a Reason.
	Secret string `json:"secret,omitempty"`
	// Uses are those of the secret at the host so far.
	Uses uint64 `json:"uses,omitempty"`
	// Missed are denials before this one that were only counted.
	Missed uint64  `json:"missed,omitempty"`
	Total  *Totals `json:"total,omitempty"`
}

// Totals count the decisions about a sandbox.
type Totals struct {
	Allowed uint64 `json:"allowed"`
	Denied  uint64 `json:"denied"`
}

// Log is one sandbox's.
type Log struct {
	kept    io.Writer
	pace    *rate.Limiter
	lines   chan Line
	closing chan struct{}
	written sync.WaitGroup
	missed  atomic.Uint64
	secrets uses
}

// New begins a log of which each line is one Write to who keeps it.
func New(kept io.Writer) *Log {
	l := &Log{kept: kept, pace: rate.NewLimiter(perSecond, ahead), lines: make(chan Line, ahead)}
	l.closing = make(chan struct{})
	l.written.Go(l.record)
	return l
}

// Denied notes a denial. It does not block.
func (l *Log) Denied(to policy.Destination, decision policy.Decision) {
	if !l.pace.Allow() {
		l.missed.Add(1)
		return
	}
	l.note(l.line(to, decision))
}

// SecretMet notes a use, the first and then less and less often. It does not block.
func (l *Log) SecretMet(event secrets.Event) {
	count := l.secrets.count(event)
	if !isRound(count) {
		return
	}
	if !l.pace.Allow() {
		l.missed.Add(1)
		return
	}
	l.note(Line{
		At: time.Now(), Protocol: string(policy.TCP), Port: event.Port, Names: []string{event.Host},
		Secret: event.Secret, Reason: event.Reason, Uses: count,
	})
}

func (l *Log) note(line Line) {
	select {
	case l.lines <- line:
	default:
		l.missed.Add(1)
	}
}

// Close notes the totals. A denial that comes later is lost.
func (l *Log) Close(totals Totals) {
	close(l.closing)
	l.written.Wait()
	if totals.Allowed+totals.Denied > 0 {
		l.write(Line{At: time.Now(), Missed: l.missed.Load(), Total: &totals})
	}
}

func (l *Log) record() {
	for {
		select {
		case line := <-l.lines:
			l.write(line)
		case <-l.closing:
			for {
				select {
				case line := <-l.lines:
					l.write(line)
				default:
					return
				}
			}
		}
	}
}

func (l *Log) line(to policy.Destination, decision policy.Decision) Line {
	line := Line{
		At: time.Now(), Protocol: string(to.Protocol), Port: to.Port,
		Rule: decision.Rule, Reason: decision.Reason, Missed: l.missed.Swap(0),
	}
	if to.Address.IsValid() {
		line.Address = policy.Plain(to.Address).String()
	}
	if to.Name != "" {
		line.Names = []string{to.Name}
	}
	line.Names = append(line.Names, to.Names[:min(len(to.Names), maxNames)]...)
	return line
}

func (l *Log) write(line Line) {
	text, err := json.Marshal(line)
	if err != nil {
		return // of these types none fails
	}
	// A log that cannot be kept loses lines and stops nothing.
	_, _ = l.kept.Write(append(text, '\n'))
}
