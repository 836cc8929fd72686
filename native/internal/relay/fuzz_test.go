package relay

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	"sandboxfile/native/internal/link"
)

// caseTime is the longest that a case's calls may take once the guest has hung up.
const caseTime = 20 * time.Second

// FuzzHostLink gives the host's end of the link whatever a hostile guest could send: raw bytes, or
// well-formed HTTP/2 frames with hostile content. Every call must end when the guest hangs up.
func FuzzHostLink(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		f.Add(hostileBytes(random))
	}
	f.Fuzz(hostLink)
}

// TestHostLinkSeeded runs the same on 50,000 reproducible cases.
func TestHostLinkSeeded(t *testing.T) {
	cases := 50_000
	if testing.Short() {
		cases = 2_000
	}
	random := rand.New(rand.NewPCG(42, 7))
	before := runtime.NumGoroutine()
	for range cases {
		hostLink(t, hostileBytes(random))
	}
	for deadline := time.Now().Add(caseTime); runtime.NumGoroutine() > before+10; {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left of %d", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	if memory.HeapAlloc > 64<<20 {
		t.Fatalf("%d MiB of heap are left", memory.HeapAlloc>>20)
	}
}

func hostLink(t *testing.T, data []byte) {
	ours, theirs := net.Pipe()
	client := link.Open(buffered{ours})
	go io.Copy(io.Discard, theirs)
	go func() {
		theirs.Write(data)
		theirs.Close()
	}()
	relay := New(io.Discard)
	relay.Connect(client)
	relay.Open()
	ctx, cancel := context.WithTimeout(context.Background(), caseTime)
	defer cancel()
	main, err := relay.Main(&agentv1.ProcessSpec{Id: "main", Program: "x", Log: true, OnDetach: agentv1.OnDetach_ON_DETACH_KEEP}, false, Progress{})
	if err != nil {
		t.Fatal(err)
	}
	guest := agentv1connect.NewAgentServiceClient(client, link.BaseURL, connect.WithReadMaxBytes(link.MaxMessageBytes))
	_, _ = guest.Hello(ctx, &agentv1.HelloRequest{})
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, link.BaseURL+"/x", nil)
	if response, err := (through{relay}).RoundTrip(request); err == nil {
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	select {
	case <-main.Done():
	case <-ctx.Done():
		t.Fatalf("hangs on %x", data)
	}
	relay.Close()
	client.Close()
}

// buffered takes writes without a reader, as a socket does.
type buffered struct{ net.Conn }

func (b buffered) Write(data []byte) (int, error) { return len(data), nil }

// hostileBytes is one hostile guest's output: frames with random kinds, flags, lengths and streams,
// answers that start well, or noise.
func hostileBytes(random *rand.Rand) []byte {
	out := &capture{}
	framer := http2.NewFramer(out, nil)
	framer.AllowIllegalWrites = true
	if random.IntN(8) != 0 {
		framer.WriteSettings(http2.Setting{ID: http2.SettingID(random.IntN(8)), Val: random.Uint32() >> random.IntN(32)})
	}
	for range random.IntN(8) {
		stream := uint32(random.IntN(4)*2 + 1)
		switch random.IntN(10) {
		case 0:
			out.data = append(out.data, noise(random, 64)...)
		case 1:
			framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: noise(random, 64), EndHeaders: random.IntN(2) == 0, EndStream: random.IntN(4) == 0})
		case 2, 3, 4:
			framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: answerHeaders(random), EndHeaders: true, EndStream: random.IntN(8) == 0})
		case 5, 6:
			framer.WriteData(stream, random.IntN(3) == 0, envelope(random))
		case 7:
			framer.WriteWindowUpdate(stream*uint32(random.IntN(2)), random.Uint32())
		case 8:
			framer.WriteRSTStream(stream, http2.ErrCode(random.IntN(16)))
		case 9:
			framer.WriteRawFrame(http2.FrameType(random.IntN(12)), http2.Flags(random.IntN(256)), stream, noise(random, 32))
		}
	}
	return out.data
}

func answerHeaders(random *rand.Rand) []byte {
	out := &capture{}
	encoder := hpack.NewEncoder(out)
	statuses := []string{"200", "100", "103", "500", "x", ""}
	types := []string{"application/connect+proto", "application/proto", "application/json", "application/grpc+proto", "text/plain", "\x00"}
	encoder.WriteField(hpack.HeaderField{Name: ":status", Value: statuses[min(random.IntN(12), len(statuses)-1)*random.IntN(2)]})
	encoder.WriteField(hpack.HeaderField{Name: "content-type", Value: types[random.IntN(len(types))*random.IntN(2)]})
	for range random.IntN(3) {
		encoder.WriteField(hpack.HeaderField{Name: "content-encoding", Value: string(noise(random, 8))})
	}
	return out.data
}

// envelope is a message of the streaming protocols, with a length that is right most of the time.
func envelope(random *rand.Rand) []byte {
	messages := [][]byte{
		{0x0A, 0x00}, {0x12, 0x03, 'a', 'b', 'c'}, {0x1A, 0x01, 'x'}, {0x22, 0x00}, {0x22, 0x02, 0x08, 0x07},
		[]byte(`{"error":{"code":"not_found","details":[{"type":"menv.failure.v1.Failure","value":"CAE"}]}}`), noise(random, 40),
	}
	message := messages[random.IntN(len(messages))]
	size := uint32(len(message))
	if random.IntN(6) == 0 {
		size = random.Uint32() >> random.IntN(32)
	}
	flags := byte(0)
	if random.IntN(4) == 0 {
		flags = byte(random.IntN(256))
	}
	return append([]byte{flags, byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}, message...)
}

func noise(random *rand.Rand, size int) []byte {
	data := make([]byte, random.IntN(size))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}

type capture struct{ data []byte }

func (c *capture) Write(data []byte) (int, error) {
	c.data = append(c.data, data...)
	return len(data), nil
}
