// Package rundir owns the folder of one running sandbox: its lock, its socket, its result.
package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
)

const (
	lockName    = "lock"
	socketName  = "sock"
	consoleName = "console.log"
	resultName  = "result.json"
	crashName   = "supervisor.log"

	// maxSocketPath is the longest path of a unix socket: sun_path less its NUL, on Linux. macOS
	// has 103; Listen reports what its kernel refuses.
	maxSocketPath = 107
	// dyingOwner bounds the wait for an owner that serves no longer but still holds the lock, and for the first word of
	// one that has a socket.
	dyingOwner = 2 * time.Second
	// startingOwner is how often a new owner's socket is looked for meanwhile.
	startingOwner = 50 * time.Millisecond
)

// Folder is a run folder that this process owns until Release.
type Folder struct {
	path string
	lock *os.File
}

// Claim takes the folder's lock and removes what a killed owner left. It changes nothing when the
// folder belongs to another supervisor.
func Claim(path string) (*Folder, error) {
	if socket := filepath.Join(path, socketName); len(socket) > maxSocketPath {
		return nil, failure.New(failurev1.Code_CODE_SOCKET_PATH_TOO_LONG, socket, nil)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, failure.New(failurev1.Code_CODE_RUN_FOLDER, path, err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return nil, failure.New(failurev1.Code_CODE_RUN_FOLDER, path, fmt.Errorf("not a private folder (%v)", info.Mode()))
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_RUN_FOLDER, path, err)
	}
	folder := &Folder{path: path, lock: lock}
	if err := folder.acquire(); err != nil {
		return nil, err
	}
	if err := folder.prepare(); err != nil {
		folder.Release()
		return nil, failure.Storage(failurev1.Code_CODE_RUN_FOLDER, path, err)
	}
	return folder, nil
}

// Sweep removes the socket of an owner that was killed. It changes nothing while somebody, a new
// owner too, has the folder: only under the lock is a socket known to be nobody's.
func Sweep(path string) error {
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR, 0)
	if err != nil {
		return failure.New(failurev1.Code_CODE_RUN_FOLDER, path, err)
	}
	folder := &Folder{path: path, lock: lock}
	if err := folder.acquire(); err != nil {
		return err
	}
	return errors.Join(folder.Withdraw(), folder.Release())
}

// Lock is the file whose open description owns the folder; a child that inherits it owns it too.
func (f *Folder) Lock() *os.File { return f.lock }

// ConsolePath is where the kernel's console is kept.
func (f *Folder) ConsolePath() string { return filepath.Join(f.path, consoleName) }

// CrashPath takes the supervisor's own stderr once it is detached.
func (f *Folder) CrashPath() string { return filepath.Join(f.path, crashName) }

// Listen makes the socket by which front ends know that the supervisor lives.
func (f *Folder) Listen() (*net.UnixListener, error) {
	socket := filepath.Join(f.path, socketName)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_RUN_FOLDER, socket, err)
	}
	// Withdraw unlinks it while calls under way go on.
	listener.SetUnlinkOnClose(false)
	if err := os.Chmod(socket, 0o600); err != nil {
		return nil, errors.Join(failure.New(failurev1.Code_CODE_RUN_FOLDER, socket, err), listener.Close())
	}
	return listener, nil
}

// Withdraw takes the socket's name away: from here on nobody finds this supervisor.
func (f *Folder) Withdraw() error {
	return removeIfPresent(filepath.Join(f.path, socketName))
}

// WriteResult makes the result durable.
func (f *Folder) WriteResult(result *machinev1.RunResult) error {
	data, err := protojson.Marshal(result)
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(f.path, resultName), 0o600, func(file *os.File) error {
		_, err := file.Write(append(data, '\n'))
		return err
	})
}

// Release gives the folder up, unless a child still holds the lock.
func (f *Folder) Release() error { return f.lock.Close() }

func (f *Folder) acquire() error {
	if tryLock(f.lock) == nil {
		return nil
	}
	taken := failure.New(failurev1.Code_CODE_ALREADY_RUNNING, f.path, nil)
	end := time.Now().Add(dyingOwner)
	if f.served(end) {
		return errors.Join(taken, f.lock.Close())
	}
	// The owner is starting or dying. Its kernel object tells when it is gone; a late answer of the
	// waiting goroutine gives the lock back.
	locked := make(chan error, 1)
	go func() { locked <- waitLock(f.lock) }()
	limit := time.After(time.Until(end))
	probe := time.NewTicker(startingOwner)
	defer probe.Stop()
	for {
		select {
		case err := <-locked:
			if err == nil {
				return nil
			}
			return errors.Join(failure.New(failurev1.Code_CODE_RUN_FOLDER, f.path, err), f.lock.Close())
		case <-probe.C:
			if f.served(end) {
				go f.abandon(locked)
				return taken
			}
		case <-limit:
			go f.abandon(locked)
			return taken
		}
	}
}

func (f *Folder) abandon(locked <-chan error) {
	<-locked
	f.lock.Close()
}

// served tells whether the owner lives. The kernel takes connections until the last of a killed process is gone, so only
// a word tells, which servers of HTTP/2 say first; one that is held still says nothing and lives all the same.
func (f *Folder) served(end time.Time) bool {
	conn, err := net.Dial("unix", filepath.Join(f.path, socketName))
	if err != nil {
		return false
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(end); err != nil {
		return false
	}
	_, err = conn.Read(make([]byte, 1))
	return err == nil || errors.Is(err, os.ErrDeadlineExceeded)
}

func (f *Folder) prepare() error {
	for _, name := range []string{socketName, resultName, consoleName, crashName} {
		if err := removeIfPresent(filepath.Join(f.path, name)); err != nil {
			return err
		}
	}
	if err := durable.RemoveLeftovers(f.path); err != nil {
		return err
	}
	if err := f.lock.Truncate(0); err != nil {
		return err
	}
	_, err := f.lock.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
}

func removeIfPresent(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
