package files

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/link"
)

// batchEntries is how many directory entries travel together.
const batchEntries = 256

// ListDir lists a directory in the order of the file system.
func (s *Service) ListDir(ctx context.Context, request *agentv1.ListDirRequest, stream *connect.ServerStream[agentv1.ListDirResponse]) error {
	return s.use(ctx, request.GetPath(), func(ctx context.Context, files *tree.Tree, name string) error {
		dir, err := files.Open(name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			return err
		}
		defer func() { _ = dir.Close() }()
		for ctx.Err() == nil {
			names, err := dir.Readdirnames(batchEntries)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			batch := &agentv1.ListDirResponse{Entries: make([]*agentv1.FileInfo, 0, len(names))}
			for _, entry := range names {
				// What vanished since it was listed is not listed.
				if info, err := describeEntry(dir, entry); err == nil {
					batch.Entries = append(batch.Entries, info)
				}
			}
			if err := sendEntries(batch, stream); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}

// sendEntries splits a batch whose symlinks would not fit one message.
func sendEntries(batch *agentv1.ListDirResponse, stream *connect.ServerStream[agentv1.ListDirResponse]) error {
	const perMessage = link.MaxMessageBytes / (2 * link.MaxPathBytes)
	for entries := range slices.Chunk(batch.GetEntries(), perMessage) {
		if err := stream.Send(&agentv1.ListDirResponse{Entries: entries}); err != nil {
			return err
		}
	}
	return nil
}

// Read streams a regular file's bytes.
func (s *Service) Read(ctx context.Context, request *agentv1.ReadRequest, stream *connect.ServerStream[agentv1.ReadResponse]) error {
	return s.use(ctx, request.GetPath(), func(ctx context.Context, files *tree.Tree, name string) error {
		file, err := files.Open(name, unix.O_RDONLY, 0)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		info, err := file.Stat()
		switch {
		case err != nil:
			return err
		case info.IsDir():
			return unix.EISDIR
		case !info.Mode().IsRegular() || request.GetOffset() > math.MaxInt64:
			return unix.EINVAL
		}
		left := request.GetLength()
		if left == 0 {
			left = math.MaxUint64
		}
		offset := int64(request.GetOffset())
		buffer := make([]byte, min(link.MaxDataBytes, left, uint64(max(info.Size(), 4096))))
		for left > 0 && ctx.Err() == nil {
			n, err := file.ReadAt(buffer[:min(uint64(len(buffer)), left)], offset)
			if n > 0 {
				if err := stream.Send(&agentv1.ReadResponse{Data: buffer[:n]}); err != nil {
					return err
				}
				offset += int64(n)
				left -= uint64(n)
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}
