package relay

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"connectrpc.com/connect"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/link"
)

// hang is the deadline against hangs.
const hang = 30 * time.Second

// guest is an agent's ProcessService with the program's behaviour in a function, served over a real
// socket pair by the real guest end of the link.
type guest struct {
	agentv1connect.UnimplementedProcessServiceHandler
	exec func(ctx context.Context, first *agentv1.ExecRequest, stream *connect.BidiStream[agentv1.ExecRequest, agentv1.ExecResponse]) error
}

func (g *guest) Exec(ctx context.Context, stream *connect.BidiStream[agentv1.ExecRequest, agentv1.ExecResponse]) error {
	first, err := stream.Receive()
	if err != nil {
		return err
	}
	return g.exec(ctx, first, stream)
}

type world struct {
	relay  *Relay
	log    *logBuffer
	client agentv1connect.ProcessServiceClient
	link   *link.Client
}

type logBuffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (l *logBuffer) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.data.Write(data)
}

func (l *logBuffer) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.data.Len()
}

func newWorld(t testing.TB, g *guest) *world {
	t.Helper()
	w := &world{log: &logBuffer{}}
	w.relay = New(w.log)
	ours, theirs := socketPair(t)
	mux := http.NewServeMux()
	mux.Handle(agentv1connect.NewProcessServiceHandler(g))
	go link.Serve(context.Background(), theirs, mux)
	w.link = link.Open(ours)
	w.relay.Connect(w.link)
	front := http.NewServeMux()
	w.relay.Register(front)
	server := httptest.NewUnstartedServer(front)
	server.Config.Protocols = &http.Protocols{}
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	w.client = agentv1connect.NewProcessServiceClient(
		&http.Client{Transport: &http.Transport{Protocols: protocols}}, server.URL)
	t.Cleanup(func() {
		w.relay.Close()
		w.link.Close()
		server.CloseClientConnections()
		server.Close()
	})
	return w
}

func socketPair(t testing.TB) (net.Conn, net.Conn) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	var conns [2]net.Conn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "end")
		if conns[i], err = net.FileConn(file); err != nil {
			t.Fatal(err)
		}
		file.Close()
		t.Cleanup(func() { conns[i].Close() })
	}
	return conns[0], conns[1]
}

func (w *world) exec(t testing.TB, ctx context.Context, first *agentv1.ExecRequest) *connect.BidiStreamForClientSimple[agentv1.ExecRequest, agentv1.ExecResponse] {
	t.Helper()
	stream, err := w.client.Exec(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(first); err != nil {
		t.Fatal(err)
	}
	return stream
}

func startOf(spec *agentv1.ProcessSpec) *agentv1.ExecRequest {
	return &agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Start{Start: spec}}
}

func attachTo(id string) *agentv1.ExecRequest {
	return &agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Attach{Attach: &agentv1.Attach{Id: id}}}
}

func stdout(data []byte) *agentv1.ExecResponse {
	return &agentv1.ExecResponse{Kind: &agentv1.ExecResponse_Stdout{Stdout: data}}
}

func started(id string) *agentv1.ExecResponse {
	return &agentv1.ExecResponse{Kind: &agentv1.ExecResponse_Started{Started: &agentv1.Started{Id: id}}}
}

func exited(code int32) *agentv1.ExecResponse {
	return &agentv1.ExecResponse{Kind: &agentv1.ExecResponse_Exited{Exited: &agentv1.ExitStatus{Code: code}}}
}

func code(t *testing.T, err error) failurev1.Code {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	return failure.Of(err, failurev1.Code_CODE_UNSPECIFIED).GetCode()
}

func TestExecCarriesBothDirections(t *testing.T) {
	w := newWorld(t, &guest{exec: func(_ context.Context, first *agentv1.ExecRequest, stream *connect.BidiStream[agentv1.ExecRequest, agentv1.ExecResponse]) error {
		stream.Send(started(first.GetStart().GetId()))
		for {
			request, err := stream.Receive()
			if err != nil {
				return err
			}
			if request.GetStdinEnd() != nil {
				return stream.Send(exited(9))
			}
			stream.Send(stdout(request.GetStdin()))
		}
	}})
	// A call made before the agent is there waits for it.
	time.AfterFunc(20*time.Millisecond, func() { w.relay.Open() })
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	stream := w.exec(t, ctx, startOf(&agentv1.ProcessSpec{Id: "p", Program: "cat"}))
	sent := bytes.Repeat([]byte("0123456789abcdef"), 16<<10)
	go func() {
		for range 40 {
			stream.Send(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Stdin{Stdin: sent}})
		}
		stream.Send(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_StdinEnd{StdinEnd: &agentv1.StdinEnd{}}})
	}()
	var got int
	for {
		message, err := stream.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if data := message.GetStdout(); len(data) > 0 && !bytes.Equal(data, sent) {
			t.Fatal("changed on the way")
		}
		got += len(message.GetStdout())
		if message.GetExited() != nil {
			break
		}
	}
	if got != 40*len(sent) {
		t.Fatalf("%d bytes", got)
	}
	if w.log.Len() != 0 {
		t.Fatal("logged unasked")
	}
}

func TestAgentsFailuresPassThroughBounded(t *testing.T) {
	w := newWorld(t, &guest{exec: func(context.Context, *agentv1.ExecRequest, *connect.BidiStream[agentv1.ExecRequest, agentv1.ExecResponse]) error {
		failed := failure.New(failurev1.Code_CODE_PROGRAM_NOT_FOUND, strings.Repeat("x", 9000), nil).Proto()
		failed.Cause = strings.Repeat("y", 9000)
		return failure.Connect(connect.CodeNotFound, failed)
	}})
	w.relay.Open()
	stream := w.exec(t, t.Context(), startOf(&agentv1.ProcessSpec{Program: "nope"}))
	_, err := stream.Receive()
	if code(t, err) != failurev1.Code_CODE_PROGRAM_NOT_FOUND || connect.CodeOf(err) != connect.CodeNotFound {
		t.Fatal(err)
	}
	if cause := failure.Of(err, 0).GetCause(); len(cause) != 4096 {
		t.Fatalf("cause of %d bytes", len(cause))
	}
}

func TestClosedRelayAnswersStopped(t *testing.T) {
	entered := make(chan struct{})
	w := newWorld(t, &guest{exec: func(ctx context.Context, _ *agentv1.ExecRequest, _ *connect.BidiStream[agentv1.ExecRequest, agentv1.ExecResponse]) error {
		close(entered)
		<-ctx.Done()
		return ctx.Err()
	}})
	w.relay.Open()
	stream := w.exec(t, t.Context(), startOf(&agentv1.ProcessSpec{Program: "sleep"}))
	<-entered
	w.relay.Close()
	if _, err := stream.Receive(); code(t, err) != failurev1.Code_CODE_STOPPED {
		t.Fatal(err)
	}
}

func TestBrokenMessagesAreNamed(t *testing.T) {
	w := newWorld(t, &guest{exec: func(_ context.Context, _ *agentv1.ExecRequest, stream *connect.BidiStream[agentv1.ExecRequest, agentv1.ExecResponse]) error {
		return nil // ends without a word
	}})
	w.relay.Open()
	stream := w.exec(t, t.Context(), startOf(&agentv1.ProcessSpec{Program: "x"}))
	if _, err := stream.Receive(); code(t, err) != failurev1.Code_CODE_LINK {
		t.Fatal(err)
	}
	stream = w.exec(t, t.Context(), &agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Stdin{Stdin: []byte("x")}})
	if _, err := stream.Receive(); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Fatal(err)
	}
}
