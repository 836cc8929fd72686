package agent

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/identity"
)

const markerBytes = 32

// sampleThaw has each field that a message of TakenOver has: reading it makes the decoder ready for all.
var sampleThaw = sample()

func sample() []byte {
	data, err := proto.Marshal(&agentv1.ThawRequest{
		UnixNanos: 1, Entropy: []byte{1}, Identity: &agentv1.Identity{Hostname: "h", MachineId: "m", BootId: "b", Network: &agentv1.NetworkInterface{}},
	})
	if err != nil {
		panic(err) // texts of ASCII
	}
	return data
}

// maxFreeze bounds what a request may ask for.
const maxFreeze = 30 * time.Second

// Freeze holds the programs still.
func (a *Agent) Freeze(_ context.Context, request *agentv1.FreezeRequest) (*agentv1.FreezeResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sandbox == nil || a.ended != nil {
		return nil, errNotConfigured
	}
	if len(request.GetMarker()) != markerBytes {
		return nil, stepFailed("request", errors.New("no marker"))
	}
	// What the guest of a snapshot needs to become another one is made ready here, once, instead of there.
	a.names.close()
	a.names = openNames(a.sandbox, a.tree, a.placed)
	if err := proto.Unmarshal(sampleThaw, &agentv1.ThawRequest{}); err != nil {
		return nil, stepFailed("request", err)
	}
	a.wire.Expect(request.GetMarker())
	frozen, flushed := a.sandbox.Freeze(min(time.Duration(request.GetDeadlineMs())*time.Millisecond, maxFreeze))
	held := time.Since(a.sandbox.HeldSince())
	return &agentv1.FreezeResponse{Frozen: frozen, Flushed: flushed, HeldNs: uint64(held)}, nil
}

// Thaw sets the clock and whatever else a new life changes before a program runs again.
func (a *Agent) Thaw(_ context.Context, request *agentv1.ThawRequest) (*agentv1.ThawResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sandbox == nil || a.ended != nil {
		return nil, errNotConfigured
	}
	if n := len(request.GetEntropy()); n == 0 || n > identity.MaxEntropy {
		return nil, stepFailed("request", errors.New("no entropy, or too much"))
	}
	err := errors.Join(identity.SetClock(request.GetUnixNanos()), identity.AddEntropy(request.GetEntropy()))
	if err == nil && request.GetIdentity() != nil {
		err = a.rename(request.GetIdentity())
	}
	a.names.close()
	if err != nil {
		return nil, stepFailed("identity", err)
	}
	a.wire.Expect(nil)
	if err := a.sandbox.Thaw(); err != nil {
		return nil, stepFailed("thaw", err)
	}
	return &agentv1.ThawResponse{}, nil
}

// TakenOver is Thaw as a new host asks for it, before its connection begins: the guest is to be another one
// at once. It answers with what went wrong.
func (a *Agent) TakenOver(message []byte) []byte {
	request := &agentv1.ThawRequest{}
	err := proto.Unmarshal(message, request)
	if err == nil {
		_, err = a.Thaw(context.Background(), request)
	}
	if err != nil {
		return []byte(err.Error())
	}
	return nil
}
