package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"sandboxfile/native/internal/detach"
	"sandboxfile/native/internal/pool"
)

// poolCommand keeps the pool of this user's folder as long as a front end wants it. It prints an empty
// line when one can connect.
func poolCommand([]string) int {
	if err := keepPool(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func keepPool() error {
	beSmall()
	if err := detach.Begin(); err != nil {
		return err
	}
	own, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	err = pool.Run(ctx, pool.Options{
		Home: home(), Program: own, Memory: pool.HostMemory,
		Listening: func(crashPath string) {
			fmt.Println()
			_ = detach.Finish(crashPath)
		},
	})
	if errors.Is(err, pool.ErrKept) {
		fmt.Println() // whoever keeps it listens, or will in a moment
		return nil
	}
	return err
}
