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
	"sandboxfile/native/internal/network/gateway"
	"sandboxfile/native/internal/network/inspect"
	"sandboxfile/native/internal/network/launch"
)

// Of a gateway's memory most is buffers of connections: what is free goes back soon.
const gatewayGrowth = 50

// netCommand is the gateway of one network: `menv net FOLDER`, as launch.Start starts it. It writes one line
// when it listens and ends with its last sandbox. The folder is for who looks at processes: it may not enter it.
func netCommand(args []string) int {
	if len(args) != 1 || !filepath.IsAbs(args[0]) {
		usage()
	}
	debug.SetGCPercent(gatewayGrowth)
	if err := serveNetwork(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serveNetwork() error {
	detach.IgnoreStarter()
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	inherited, err := launch.Inherit()
	if err != nil {
		return err
	}
	fmt.Println(launch.Listening)
	// Without it the starter's pipes stay open; the network works all the same.
	_ = detach.FinishTo(inherited.Crash)
	door := gateway.Door{Listener: inherited.Listener, Start: inherited.Start, Lock: inherited.Lock}
	gateway.Serve(ctx, door, gateway.Options{
		ResolvConf: launch.ResolvConf, Interceptor: inspect.Inspector{}, Jail: inherited.Jail,
	})
	return nil
}

func startGateway(ctx context.Context, member *networkv1.Member) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	return launch.Start(ctx, launch.Options{Program: own, Home: home(), Member: member})
}
