package relay

import (
	"bytes"
	"context"
	"testing"
	"time"

	"connectrpc.com/connect"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/link"
)

type execStream = connect.BidiStream[agentv1.ExecRequest, agentv1.ExecResponse]

var logged = &agentv1.ProcessSpec{
	Id: "main", Program: "x", Log: true,
	OnDetach: agentv1.OnDetach_ON_DETACH_KEEP, Stdin: agentv1.Stdin_STDIN_STREAM,
}

// leave ends a stream as a dying front end does.
func leave(stream *connect.BidiStreamForClientSimple[agentv1.ExecRequest, agentv1.ExecResponse], cancel func()) {
	cancel()
	stream.CloseRequest()
	stream.CloseResponse()
}

// counter prints numbered chunks until it has printed count of them.
func counter(count, size int) *guest {
	return &guest{exec: func(_ context.Context, first *agentv1.ExecRequest, stream *execStream) error {
		stream.Send(started("main"))
		for i := range count {
			if err := stream.Send(stdout(bytes.Repeat([]byte{byte(i)}, size))); err != nil {
				return err
			}
		}
		return stream.Send(exited(0))
	}}
}

func TestAwaitedMainIsHeldAndHandedOver(t *testing.T) {
	const count, size = 200, 100_000
	w := newWorld(t, counter(count, size))
	main, err := w.relay.Main(logged, true, Progress{})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-main.Done():
		t.Fatal("the program was not paused")
	case <-time.After(100 * time.Millisecond):
	}
	w.relay.Open()
	stream := w.exec(t, t.Context(), attachTo("main"))
	var got []byte
	for {
		message, err := stream.Receive()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, message.GetStdout()...)
		if message.GetExited() != nil {
			break
		}
	}
	if len(got) != count*size {
		t.Fatalf("%d bytes", len(got))
	}
	for i, b := range got {
		if b != byte(i/size) {
			t.Fatalf("byte %d is %d", i, b)
		}
	}
	<-main.Done()
	<-main.Settled()
	if w.log.Len() != count*size {
		t.Fatalf("%d bytes logged", w.log.Len())
	}
}

func TestUnawaitedMainIsDrained(t *testing.T) {
	w := newWorld(t, counter(50, 10_000))
	main, err := w.relay.Main(logged, false, Progress{})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-main.Done():
	case <-time.After(hang):
		t.Fatal("not drained")
	}
	<-main.Settled()
	if exit, err := main.Result(); err != nil || exit.GetCode() != 0 || w.log.Len() != 500_000 {
		t.Fatalf("%v, %v, %d bytes", exit, err, w.log.Len())
	}
}

// A kept program whose client has gone goes on into the log, at a bounded rate.
func TestDrainIsBounded(t *testing.T) {
	detached := make(chan struct{})
	w := newWorld(t, &guest{exec: func(ctx context.Context, _ *agentv1.ExecRequest, stream *execStream) error {
		stream.Send(started("p"))
		<-detached
		chunk := make([]byte, 256<<10)
		for ctx.Err() == nil {
			if err := stream.Send(stdout(chunk)); err != nil {
				return err
			}
		}
		return ctx.Err()
	}})
	w.relay.Open()
	ctx, cancel := context.WithCancel(t.Context())
	spec := &agentv1.ProcessSpec{Id: "p", Program: "x", Log: true, OnDetach: agentv1.OnDetach_ON_DETACH_KEEP}
	stream := w.exec(t, ctx, startOf(spec))
	if _, err := stream.Receive(); err != nil {
		t.Fatal(err)
	}
	leave(stream, cancel)
	close(detached)
	began := time.Now()
	for deadline := began.Add(hang); w.log.Len() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is drained")
		}
	}
	time.Sleep(500 * time.Millisecond)
	n := w.log.Len()
	took := time.Since(began) // of a busy machine, more than was asked for
	if most := int(float64(drainRate)*took.Seconds()) + 4<<20; n > 2*most {
		t.Fatalf("%d bytes in %v, at most %d wanted", n, took, most)
	}
}

// The end of the first client without a terminal is the end of a kept program's input.
func TestLeavingClientEndsTheInput(t *testing.T) {
	ended := make(chan struct{})
	w := newWorld(t, &guest{exec: func(_ context.Context, _ *agentv1.ExecRequest, stream *execStream) error {
		stream.Send(started("main"))
		for {
			request, err := stream.Receive()
			if err != nil {
				return err
			}
			if request.GetStdinEnd() != nil {
				close(ended)
				return stream.Send(exited(0))
			}
		}
	}})
	main, err := w.relay.Main(logged, true, Progress{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.relay.Open()
	stream := w.exec(t, ctx, attachTo("main"))
	if _, err := stream.Receive(); err != nil {
		t.Fatal(err)
	}
	leave(stream, cancel)
	select {
	case <-ended:
	case <-time.After(hang):
		t.Fatal("the input did not end")
	}
	<-main.Done()
	<-main.Settled()
}

// A client that hangs up takes its program's stream with it.
func TestHangUpReachesTheGuest(t *testing.T) {
	gone := make(chan struct{})
	w := newWorld(t, &guest{exec: func(ctx context.Context, _ *agentv1.ExecRequest, stream *execStream) error {
		stream.Send(started("p"))
		<-ctx.Done()
		close(gone)
		return ctx.Err()
	}})
	w.relay.Open()
	ctx, cancel := context.WithCancel(t.Context())
	stream := w.exec(t, ctx, startOf(&agentv1.ProcessSpec{Program: "x"}))
	if _, err := stream.Receive(); err != nil {
		t.Fatal(err)
	}
	leave(stream, cancel)
	select {
	case <-gone:
	case <-time.After(hang):
		t.Fatal("the guest's stream goes on")
	}
}

// A front end that does not read holds up its own program only.
func TestStalledClientStallsItself(t *testing.T) {
	w := newWorld(t, &guest{exec: func(ctx context.Context, first *agentv1.ExecRequest, stream *execStream) error {
		stream.Send(started(first.GetStart().GetId()))
		chunk := make([]byte, 256<<10)
		for first.GetStart().GetId() == "flood" {
			if err := stream.Send(stdout(chunk)); err != nil {
				return err
			}
		}
		return stream.Send(exited(0))
	}})
	w.relay.Open()
	for range 20 {
		w.exec(t, t.Context(), startOf(&agentv1.ProcessSpec{Id: "flood", Program: "x"}))
	}
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	stream := w.exec(t, ctx, startOf(&agentv1.ProcessSpec{Id: "quick", Program: "x"}))
	for {
		message, err := stream.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if message.GetExited() != nil {
			return
		}
	}
}

// Front ends cannot take all places: the supervisor's own calls go on, further ones are refused by
// name.
func TestTooManyCallsAreRefused(t *testing.T) {
	w := newWorld(t, &guest{exec: func(ctx context.Context, _ *agentv1.ExecRequest, stream *execStream) error {
		stream.Send(started("p"))
		<-ctx.Done()
		return ctx.Err()
	}})
	w.relay.Open()
	for refused := 0; refused == 0; {
		stream := w.exec(t, t.Context(), startOf(&agentv1.ProcessSpec{Program: "x"}))
		if _, err := stream.Receive(); err != nil {
			if code(t, err) != failurev1.Code_CODE_LIMIT {
				t.Fatal(err)
			}
			refused++
		}
	}
	own := agentv1connect.NewProcessServiceClient(w.link, link.BaseURL)
	if _, err := own.ListProcesses(t.Context(), &agentv1.ListProcessesRequest{}); connect.CodeOf(err) != connect.CodeUnimplemented {
		t.Fatal(err)
	}
}
