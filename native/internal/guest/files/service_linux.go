// Package files is menv.agent.v1.FileService on the sandbox's tree.
package files

import (
	"context"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/hangup"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/link"
)

// Service answers file calls.
type Service struct {
	tree    func() (*tree.Tree, error)
	watches atomic.Int32
}

// NewService makes the service. files answers an error until the sandbox is configured.
func NewService(files func() (*tree.Tree, error)) *Service { return &Service{tree: files} }

// use runs one operation on a path and names its failure. At the sandbox's end the call is broken
// off, wherever its client has left it stuck.
func (s *Service) use(ctx context.Context, path []byte, operation func(context.Context, *tree.Tree, string) error) error {
	files, err := s.tree()
	if err != nil {
		return err
	}
	name := string(path)
	if err := tree.CheckPath(path, link.MaxPathBytes); err != nil {
		return fault.File(name, err)
	}
	err = files.Use(ctx, func(using context.Context) error {
		defer context.AfterFunc(using, func() {
			if ctx.Err() == nil {
				hangup.Call(ctx)
			}
		})()
		return operation(using, files, name)
	})
	if err == nil || isWire(err) {
		return err
	}
	return fault.File(name, err)
}

// Stat describes one path.
func (s *Service) Stat(ctx context.Context, request *agentv1.StatRequest) (*agentv1.StatResponse, error) {
	response := &agentv1.StatResponse{}
	err := s.use(ctx, request.GetPath(), func(_ context.Context, files *tree.Tree, name string) error {
		flags := unix.O_PATH
		if !request.GetFollow() {
			flags |= unix.O_NOFOLLOW
		}
		file, err := files.Open(name, flags, 0)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		response.Info, err = describe(file, name)
		return err
	})
	return response, err
}

// MakeDir makes a directory.
func (s *Service) MakeDir(ctx context.Context, request *agentv1.MakeDirRequest) (*agentv1.MakeDirResponse, error) {
	mode := request.GetMode() & 0o7777
	if mode == 0 {
		mode = 0o755
	}
	return &agentv1.MakeDirResponse{}, s.use(ctx, request.GetPath(), func(_ context.Context, files *tree.Tree, name string) error {
		if request.GetParents() {
			return makeAll(files, name, mode)
		}
		return makeOne(files, name, mode)
	})
}

// Remove removes a file, a symlink, an empty directory, or with recursive a directory's content.
func (s *Service) Remove(ctx context.Context, request *agentv1.RemoveRequest) (*agentv1.RemoveResponse, error) {
	return &agentv1.RemoveResponse{}, s.use(ctx, request.GetPath(), func(ctx context.Context, files *tree.Tree, name string) error {
		dir, base, err := files.OpenParent(name)
		if err != nil {
			return err
		}
		defer func() { _ = dir.Close() }()
		if err := remove(ctx, dir, base, request.GetRecursive()); err != nil {
			return err
		}
		return dir.Sync()
	})
}

// Rename moves a path within the sandbox.
func (s *Service) Rename(ctx context.Context, request *agentv1.RenameRequest) (*agentv1.RenameResponse, error) {
	if err := tree.CheckPath(request.GetTo(), link.MaxPathBytes); err != nil {
		return nil, fault.File(string(request.GetTo()), err)
	}
	return &agentv1.RenameResponse{}, s.use(ctx, request.GetFrom(), func(_ context.Context, files *tree.Tree, name string) error {
		from, fromBase, err := files.OpenParent(name)
		if err != nil {
			return err
		}
		defer func() { _ = from.Close() }()
		to, toBase, err := files.OpenParent(string(request.GetTo()))
		if err != nil {
			return fault.File(string(request.GetTo()), err)
		}
		defer func() { _ = to.Close() }()
		var flags uint
		if !request.GetOverwrite() {
			flags = unix.RENAME_NOREPLACE
		}
		if err := unix.Renameat2(int(from.Fd()), fromBase, int(to.Fd()), toBase, flags); err != nil {
			return err
		}
		return syncAll(from, to)
	})
}

func syncAll(dirs ...*os.File) error {
	for _, dir := range dirs {
		if err := dir.Sync(); err != nil {
			return err
		}
	}
	return nil
}
