package rehearsal

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/volume"
)

// holdTime bounds how long the guest may take to leave the wire alone.
const holdTime = 10 * time.Second

// mountPoint is where the guest has it.
const mountPoint = "/volume"

// standIn is a folder of the host's that the guest sees for as long as the rehearsal lasts.
type standIn struct {
	folder string // empty: sandboxes of this host see nothing of it
	wire   net.Conn
	server *volume.Server
	stop   context.CancelFunc
	ended  chan error
}

// share makes one. The wire stays open when it has ended, and nothing is under way on it.
func share(options Options) (s *standIn, err error) {
	s = &standIn{wire: options.Volumes, ended: make(chan error, 1)}
	var volumes []volume.Config
	if runtime.GOOS == "linux" {
		if s.folder, err = makeFolder(options.Folder); err != nil {
			return nil, err
		}
		volumes = []volume.Config{{Host: s.folder}}
	}
	if s.server, err = volume.Open(volumes); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.folder))
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() { s.ended <- s.server.Serve(ctx, &lent{Conn: s.wire}) }()
	return s, nil
}

func makeFolder(parent string) (string, error) {
	made, err := os.MkdirTemp(parent, durable.TempPattern)
	if err != nil {
		return "", err
	}
	if made, err = filepath.Abs(made); err == nil {
		err = os.WriteFile(filepath.Join(made, "file"), []byte("rehearsal\n"), 0o600)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(made))
	}
	return made, nil
}

func (s *standIn) mounts() []*agentv1.Mount {
	if s.folder == "" {
		return nil
	}
	return []*agentv1.Mount{{Path: mountPoint}}
}

// leave comes before the guest lets go of the mount: nothing is asked of it from then on.
func (s *standIn) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, holdTime)
	defer cancel()
	return s.server.Hold(ctx)
}

// close ends the serving.
func (s *standIn) close() error {
	s.stop()
	err := <-s.ended
	s.server.Close()
	return errors.Join(err, s.wire.SetDeadline(time.Time{}), os.RemoveAll(s.folder))
}

// lent is a connection that outlives who uses it, for whom it only seems to end.
type lent struct {
	net.Conn
	writing sync.Mutex
	ended   bool // under writing
}

// Close has nothing of its user's go over the connection any more.
func (l *lent) Close() error {
	err := l.SetDeadline(time.Now())
	l.writing.Lock()
	defer l.writing.Unlock()
	l.ended = true
	return err
}

func (l *lent) Write(message []byte) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.ended {
		return 0, net.ErrClosed
	}
	return l.Conn.Write(message)
}
