package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/detach"
	"sandboxfile/native/internal/network/control"
	"sandboxfile/native/internal/network/gateway"
	"sandboxfile/native/internal/network/inspect"
	"sandboxfile/native/internal/network/launch"
)

// Of a gateway's memory most is buffers of connections: what is free goes back soon.
const gatewayGrowth = 50

// netCommand is the gateway of one network: `menv net FOLDER`, as launch.Start starts it. It writes one line
// when it listens and ends with its last sandbox.
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
	detach.IgnoreStarter()
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	inherited, err := launch.Inherit()
	if err != nil {
		return err
	}
	fmt.Println(launch.Listening)
	// Without it the starter's pipes stay open; the network works all the same.
	_ = detach.Finish(filepath.Join(folder, control.CrashName))
	gateway.Serve(ctx, folder, inherited.Listener, gateway.Options{
		ResolvConf: launch.ResolvConf, Interceptor: inspect.Inspector{}, Jail: inherited.Jail,
	})
	return inherited.Close()
}

func startGateway(ctx context.Context, member *networkv1.Member) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	return launch.Start(ctx, launch.Options{Program: own, Home: home(), Member: member})
}
