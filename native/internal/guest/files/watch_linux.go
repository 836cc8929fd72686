package files

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/guest/watch"
)

const maxWatches = 64

// Watch reports changes until the client leaves or the path is gone.
func (s *Service) Watch(ctx context.Context, request *agentv1.WatchRequest, stream *connect.ServerStream[agentv1.WatchResponse]) error {
	if s.watches.Add(1) > maxWatches {
		s.watches.Add(-1)
		return fault.Limit("watches")
	}
	defer s.watches.Add(-1)
	return s.use(ctx, request.GetPath(), func(ctx context.Context, files *tree.Tree, name string) error {
		w, err := watch.New(ctx, files.Open, name, request.GetRecursive())
		if errors.Is(err, watch.ErrTooMany) {
			return fault.Limit("watched directories")
		}
		if err != nil {
			return err
		}
		defer func() { _ = w.Close() }()
		watching := &agentv1.WatchResponse{Kind: &agentv1.WatchResponse_Watching{Watching: &agentv1.Watching{}}}
		if err := stream.Send(watching); err != nil {
			return err
		}
		return w.Run(ctx, func(change watch.Change) error { return stream.Send(changeMessage(change)) })
	})
}

func changeMessage(change watch.Change) *agentv1.WatchResponse {
	kind := agentv1.FileChange_KIND_CHANGED
	switch change.Kind {
	case watch.Lost:
		return &agentv1.WatchResponse{Kind: &agentv1.WatchResponse_Overflow{Overflow: &agentv1.Overflow{}}}
	case watch.Created:
		kind = agentv1.FileChange_KIND_CREATED
	case watch.Deleted:
		kind = agentv1.FileChange_KIND_DELETED
	case watch.Changed:
	}
	return &agentv1.WatchResponse{Kind: &agentv1.WatchResponse_Change{
		Change: &agentv1.FileChange{Kind: kind, Path: []byte(change.Path)},
	}}
}
