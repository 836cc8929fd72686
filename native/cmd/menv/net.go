package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"sandboxfile/native/internal/detach"
	"sandboxfile/native/internal/network/control"
	"sandboxfile/native/internal/network/gateway"
	"sandboxfile/native/internal/network/inspect"
)

// resolvConf names the host's resolvers.
const resolvConf = "/etc/resolv.conf"

// Of a gateway's memory most is buffers of connections: what is free goes back soon.
const gatewayGrowth = 50

const listeningLine = "listening"

// maxLastWords bounds what a gateway that does not start may say.
const maxLastWords = 4 << 10

// netCommand is the gateway of one network: `menv net FOLDER`. It writes one line when it listens and
// ends with its last sandbox.
func netCommand(args []string) int {
	if len(args) != 1 || !filepath.IsAbs(args[0]) {
		usage()
	}
	debug.SetGCPercent(gatewayGrowth)
	if err := serveNetwork(args[0]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serveNetwork(folder string) error {
	if err := detach.Begin(); err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	return gateway.Serve(ctx, folder, gateway.Options{ResolvConf: resolvConf, Interceptor: inspect.Inspector{}}, func() {
		fmt.Println(listeningLine)
		// Without it the starter's pipes stay open; the network works all the same.
		_ = detach.Finish(filepath.Join(folder, control.CrashName))
	})
}

// startGateway starts `menv net` in a session of its own: it lives longer than the sandbox that was first.
func startGateway(ctx context.Context, folder string) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	said := &strings.Builder{}
	gateway := exec.Command(own, "net", folder)
	gateway.Dir = "/"
	gateway.Env = append(os.Environ(), "MENV_HOME="+home())
	gateway.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	output, input, err := os.Pipe()
	if err != nil {
		return err
	}
	defer output.Close()
	gateway.Stdout, gateway.Stderr = input, input
	err = gateway.Start()
	input.Close()
	if err != nil {
		return err
	}
	go func() { _ = gateway.Wait() }()
	unhook := context.AfterFunc(ctx, func() { output.Close() })
	defer unhook()
	// It gives its standard streams up when it listens, and ends when it cannot.
	if _, err := io.Copy(said, io.LimitReader(output, maxLastWords)); err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	if text, ok := strings.CutSuffix(said.String(), listeningLine+"\n"); !ok {
		return fmt.Errorf("the network's gateway does not start: %s", strings.TrimSpace(text))
	}
	return nil
}
