// Package launch starts the gateway of a network in a jail: it reads what hostile guests send. It can make no
// file and opens none of the user's: its locks, its socket and where its last words go it is handed.
package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/flock"
	"sandboxfile/native/internal/jail"
	"sandboxfile/native/internal/network/control"
)

// Listening is the line that the gateway writes when it can be asked.
const Listening = "listening"

// maxLastWords bounds what a gateway that does not start may say.
const maxLastWords = 4 << 10

// Options are what a gateway is started with.
type Options struct {
	Program string // menv
	Home    string
	Member  *networkv1.Member // the first of its network
}

// Start starts `menv net` in a session of its own, since it lives longer than the sandbox that was first, and
// returns when it listens. The caller holds the network's start lock.
func Start(ctx context.Context, options Options) error {
	folder := options.Member.GetFolder()
	lock, err := takeLock(filepath.Join(folder, control.LockName))
	if err != nil {
		return fmt.Errorf("another gateway has %s: %w", folder, err)
	}
	defer lock.Close()
	listener, err := listen(filepath.Join(folder, control.SocketName))
	if err != nil {
		return err
	}
	defer listener.Close()
	// Opened anew, since a lock belongs to who has opened the file.
	start, err := os.OpenFile(filepath.Join(folder, control.StartName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer start.Close()
	crash, err := os.OpenFile(filepath.Join(folder, control.CrashName), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer crash.Close()
	cmd := exec.Command(options.Program, "net", folder)
	cmd.Dir = "/"
	cmd.Env = environment(options.Home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.ExtraFiles = []*os.File{lock, listener, start, crash}
	return run(ctx, cmd, profile())
}

// run waits for the line. The gateway gives its standard streams up with it, and ends when it cannot listen.
func run(ctx context.Context, cmd *exec.Cmd, profile jail.Profile) error {
	output, said, err := os.Pipe()
	if err != nil {
		return err
	}
	defer output.Close()
	input, told, err := os.Pipe()
	if err != nil {
		return errors.Join(err, said.Close())
	}
	defer told.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = input, said, said
	ended := make(chan struct{})
	parts, err := jail.Start(cmd, profile, func() { close(ended) })
	input.Close()
	said.Close()
	if err != nil {
		return err
	}
	if err := errors.Join(json.NewEncoder(told).Encode(parts), told.Close()); err != nil && !errors.Is(err, syscall.EPIPE) {
		return err
	}
	unhook := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer unhook()
	words := &strings.Builder{}
	if _, err := io.Copy(words, io.LimitReader(output, maxLastWords)); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		// Nobody is attached to it. It keeps the network's lock until it has ended.
		_ = cmd.Process.Kill()
		<-ended
		return err
	}
	if text, ok := strings.CutSuffix(words.String(), Listening+"\n"); !ok {
		return fmt.Errorf("the network's gateway does not start: %s", strings.TrimSpace(text))
	}
	return nil
}

func takeLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock.TryExclusive(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// listen makes the socket, for another process.
func listen(path string) (*os.File, error) {
	// A killed gateway's.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	// The gateway removes it under the start lock, and only then.
	listener.SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, err
	}
	return listener.File()
}
