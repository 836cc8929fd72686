package pool

import (
	"bytes"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// ReadLine reads one message of at most limit bytes. It reads nothing behind the line's end.
func ReadLine(from io.Reader, limit int, message proto.Message) error {
	var line []byte
	for piece := make([]byte, 4<<10); ; {
		n, err := from.Read(piece)
		line = append(line, piece[:n]...)
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			if end != len(line)-1 {
				return fmt.Errorf("%d bytes more than was asked for", len(line)-end-1)
			}
			return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(line, message)
		}
		if err != nil {
			return err
		}
		if len(line) > limit {
			return fmt.Errorf("longer than %d bytes", limit)
		}
		if len(line) > len(piece)/2 {
			piece = make([]byte, min(2*len(piece), 1<<20))
		}
	}
}

// WriteLine writes one message.
func WriteLine(to io.Writer, message proto.Message) error {
	data, err := protojson.Marshal(message)
	if err == nil {
		_, err = to.Write(append(data, '\n'))
	}
	return err
}
