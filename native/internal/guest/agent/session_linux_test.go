package agent

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strconv"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/protobuf/proto"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
)

var procedures = []struct {
	path     string
	unary    bool
	messages []proto.Message
}{
	{agentv1connect.AgentServiceHelloProcedure, true, []proto.Message{&agentv1.HelloRequest{Protocol: 1}}},
	{agentv1connect.AgentServiceConfigureProcedure, true, []proto.Message{&agentv1.ConfigureRequest{Hostname: "x"}}},
	{agentv1connect.ProcessServiceExecProcedure, false, []proto.Message{
		&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Start{Start: &agentv1.ProcessSpec{Id: "a", Program: "sh", Env: []string{"A=b"}, User: "1:2"}}},
		&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Attach{Attach: &agentv1.Attach{Id: "a", ReplayBytes: 1 << 31}}},
		&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Stdin{Stdin: []byte("input")}},
		&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_StdinEnd{}},
	}},
	{agentv1connect.ProcessServiceSignalProcedure, true, []proto.Message{&agentv1.SignalRequest{Id: "a", Signal: 9}}},
	{agentv1connect.ProcessServiceResizeProcedure, true, []proto.Message{&agentv1.ResizeRequest{Id: "a", Size: &agentv1.WindowSize{Rows: 1 << 31}}}},
	{agentv1connect.ProcessServiceListProcessesProcedure, true, []proto.Message{&agentv1.ListProcessesRequest{}}},
	{agentv1connect.FileServiceStatProcedure, true, []proto.Message{&agentv1.StatRequest{Path: []byte("/../../etc")}}},
	{agentv1connect.FileServiceListDirProcedure, false, []proto.Message{&agentv1.ListDirRequest{Path: []byte("/")}}},
	{agentv1connect.FileServiceReadProcedure, false, []proto.Message{&agentv1.ReadRequest{Path: []byte("/file"), Offset: 1 << 63}}},
	{agentv1connect.FileServiceWriteProcedure, false, []proto.Message{
		&agentv1.WriteRequest{Kind: &agentv1.WriteRequest_Header{Header: &agentv1.WriteHeader{Path: []byte("/file"), Create: true, Overwrite: true}}},
		&agentv1.WriteRequest{Kind: &agentv1.WriteRequest_Data{Data: []byte("data")}},
	}},
	{agentv1connect.FileServiceMakeDirProcedure, true, []proto.Message{&agentv1.MakeDirRequest{Path: []byte("/a//b/../c"), Parents: true}}},
	{agentv1connect.FileServiceRemoveProcedure, true, []proto.Message{&agentv1.RemoveRequest{Path: []byte("/a"), Recursive: true}}},
	{agentv1connect.FileServiceRenameProcedure, true, []proto.Message{&agentv1.RenameRequest{From: []byte("/file"), To: []byte("/..")}}},
	{agentv1connect.FileServiceWatchProcedure, false, []proto.Message{&agentv1.WatchRequest{Path: []byte("/"), Recursive: true}}},
	{agentv1connect.DialServiceDialProcedure, false, []proto.Message{
		&agentv1.DialRequest{Kind: &agentv1.DialRequest_Target{Target: &agentv1.DialTarget{Address: &agentv1.DialTarget_UnixPath{UnixPath: "/sock"}}}},
		&agentv1.DialRequest{Kind: &agentv1.DialRequest_Data{Data: []byte("data")}},
	}},
	{agentv1connect.StatsServiceGetStatsProcedure, true, []proto.Message{&agentv1.GetStatsRequest{}}},
}

// session writes what a client might say: a preface and a few calls.
func session(random *rand.Rand) []byte {
	var out bytes.Buffer
	out.WriteString(http2.ClientPreface)
	framer := http2.NewFramer(&out, nil)
	_ = framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: random.Uint32() >> 1})
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for call := range 1 + random.IntN(3) {
		stream := uint32(2*call + 1)
		which := procedures[random.IntN(len(procedures))]
		block.Reset()
		kind := "application/connect+proto"
		if which.unary {
			kind = "application/proto"
		}
		for _, header := range [][2]string{
			{":method", "POST"}, {":scheme", "http"}, {":authority", "agent"}, {":path", which.path},
			{"content-type", kind}, {"connect-protocol-version", "1"},
			{"connect-timeout-ms", strconv.Itoa(random.IntN(10_000))},
		} {
			_ = encoder.WriteField(hpack.HeaderField{Name: header[0], Value: header[1]})
		}
		_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true})
		_ = framer.WriteData(stream, random.IntN(4) > 0, body(random, which.unary, which.messages))
		switch random.IntN(6) {
		case 0:
			_ = framer.WriteRSTStream(stream, http2.ErrCodeCancel)
		case 1:
			_ = framer.WriteWindowUpdate(random.Uint32N(2)*stream, 1+random.Uint32()>>2)
		case 2:
			_ = framer.WritePing(false, [8]byte{1})
		}
	}
	return out.Bytes()
}

func body(random *rand.Rand, unary bool, messages []proto.Message) []byte {
	var out []byte
	for range 1 + random.IntN(3) {
		message, _ := proto.Marshal(messages[random.IntN(len(messages))])
		if unary {
			return damageSometimes(random, message)
		}
		length := uint32(len(message))
		if random.IntN(16) == 0 {
			length = random.Uint32()
		}
		out = append(out, byte(random.IntN(2)*random.IntN(2)*random.IntN(256)))
		out = binary.BigEndian.AppendUint32(out, length)
		out = append(out, damageSometimes(random, message)...)
	}
	return out
}

func damageSometimes(random *rand.Rand, data []byte) []byte {
	if random.IntN(3) > 0 {
		return data
	}
	return damage(random, data)
}

// damage flips, cuts, repeats and inserts bytes.
func damage(random *rand.Rand, data []byte) []byte {
	out := bytes.Clone(data)
	for range random.IntN(4) {
		if len(out) == 0 {
			break
		}
		at := random.IntN(len(out))
		switch random.IntN(4) {
		case 0:
			out[at] ^= 1 << random.IntN(8)
		case 1:
			out = out[:at]
		case 2:
			end := at + random.IntN(len(out)-at)
			out = append(out[:end:end], out[at:]...)
		case 3:
			noise := make([]byte, random.IntN(64))
			for i := range noise {
				noise[i] = byte(random.Uint32())
			}
			out = append(out[:at:at], append(noise, out[at:]...)...)
		}
	}
	return out
}
