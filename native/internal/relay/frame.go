package relay

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
)

// Field numbers of ExecRequest's and ExecResponse's oneof.
const (
	requestStart  protowire.Number = 1
	requestAttach protowire.Number = 2

	responseStarted protowire.Number = 1
	responseStdout  protowire.Number = 2
	responseStderr  protowire.Number = 3
	responseExited  protowire.Number = 4
)

var errMalformed = errors.New("malformed message")

// frame is one message of an Exec stream, kept as it came: the relay looks at a tag and passes the
// bytes on.
type frame struct {
	data []byte
}

// codec moves frames where Connect expects messages. Its name makes it stand in for protobuf's.
type codec struct{}

func (codec) Name() string { return "proto" }

func (c codec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

// MarshalAppend spares a buffer for each message.
func (codec) MarshalAppend(buffer []byte, message any) ([]byte, error) {
	f, ok := message.(*frame)
	if !ok {
		return nil, fmt.Errorf("not a frame: %T", message)
	}
	return append(buffer, f.data...), nil
}

func (codec) Unmarshal(data []byte, message any) error {
	f, ok := message.(*frame)
	if !ok {
		return fmt.Errorf("not a frame: %T", message)
	}
	f.data = append(f.data[:0], data...)
	return nil
}

// kind finds which member of the oneof is set, and its bytes, which alias the frame's. The last one
// counts, as for every protobuf reader.
func (f *frame) kind() (field protowire.Number, payload []byte, err error) {
	for rest := f.data; len(rest) > 0; {
		number, wireType, n := protowire.ConsumeTag(rest)
		if n < 0 {
			return 0, nil, errMalformed
		}
		rest = rest[n:]
		if wireType != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, wireType, rest); n < 0 {
				return 0, nil, errMalformed
			}
			rest = rest[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(rest)
		if n < 0 {
			return 0, nil, errMalformed
		}
		field, payload, rest = number, value, rest[n:]
	}
	return field, payload, nil
}

func newRequest(request *agentv1.ExecRequest) (*frame, error) {
	data, err := proto.Marshal(request)
	return &frame{data: data}, err
}
