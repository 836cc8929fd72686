package files

import (
	"context"
	"errors"
	"slices"

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
		return w.Run(ctx, func(changes []watch.Change) error { return sendChanges(changes, stream) })
	})
}

func sendChanges(changes []watch.Change, stream *connect.ServerStream[agentv1.WatchResponse]) error {
	for len(changes) > 0 {
		lost := slices.IndexFunc(changes, func(change watch.Change) bool { return change.Kind == watch.Lost })
		var response *agentv1.WatchResponse
		switch lost {
		case 0:
			response = &agentv1.WatchResponse{Kind: &agentv1.WatchResponse_Overflow{Overflow: &agentv1.Overflow{}}}
			changes = changes[1:]
		case -1:
			response, changes = changesMessage(changes), nil
		default:
			response, changes = changesMessage(changes[:lost]), changes[lost:]
		}
		if err := stream.Send(response); err != nil {
			return err
		}
	}
	return nil
}

var kinds = map[watch.Kind]agentv1.FileChange_Kind{
	watch.Created: agentv1.FileChange_KIND_CREATED,
	watch.Changed: agentv1.FileChange_KIND_CHANGED,
	watch.Deleted: agentv1.FileChange_KIND_DELETED,
}

func changesMessage(changes []watch.Change) *agentv1.WatchResponse {
	message := &agentv1.FileChanges{Changes: make([]*agentv1.FileChange, len(changes))}
	for i, change := range changes {
		message.Changes[i] = &agentv1.FileChange{Kind: kinds[change.Kind], Path: []byte(change.Path)}
	}
	return &agentv1.WatchResponse{Kind: &agentv1.WatchResponse_Changes{Changes: message}}
}
