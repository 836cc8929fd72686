package relay

import (
	"context"
	"testing"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
)

// BenchmarkOutput is the host's share of a program's bulk output: guest's end, relay and client in
// one process.
func BenchmarkOutput(b *testing.B) {
	chunk := make([]byte, 256<<10)
	w := newWorld(b, &guest{exec: func(_ context.Context, _ *agentv1.ExecRequest, stream *execStream) error {
		stream.Send(started("p"))
		for range b.N {
			if err := stream.Send(stdout(chunk)); err != nil {
				return err
			}
		}
		return stream.Send(exited(0))
	}})
	w.relay.Open()
	b.SetBytes(int64(len(chunk)))
	b.ResetTimer()
	stream := w.exec(b, b.Context(), startOf(&agentv1.ProcessSpec{Program: "x"}))
	for {
		message, err := stream.Receive()
		if err != nil {
			b.Fatal(err)
		}
		if message.GetExited() != nil {
			return
		}
	}
}

// BenchmarkShortProgram is one program's start and end through the relay.
func BenchmarkShortProgram(b *testing.B) {
	w := newWorld(b, &guest{exec: func(_ context.Context, _ *agentv1.ExecRequest, stream *execStream) error {
		stream.Send(started("p"))
		return stream.Send(exited(0))
	}})
	w.relay.Open()
	for b.Loop() {
		stream := w.exec(b, b.Context(), startOf(&agentv1.ProcessSpec{Program: "x"}))
		for {
			message, err := stream.Receive()
			if err != nil {
				b.Fatal(err)
			}
			if message.GetExited() != nil {
				break
			}
		}
		stream.CloseRequest()
		stream.CloseResponse()
	}
}
