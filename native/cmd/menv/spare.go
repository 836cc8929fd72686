package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/detach"
	"sandboxfile/native/internal/pool"
	"sandboxfile/native/internal/priority"
	"sandboxfile/native/internal/supervisor"
)

// specTime is what a front end gets to send what it has claimed a guest for.
const specTime = 10 * time.Second

// spareCommand makes a guest for the pool at the other end of stdin, waits until it is claimed and then
// lives as `menv vm` does. It ends when the pool does before that.
func spareCommand([]string) int {
	beSmall()
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	err := beSpare(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func beSpare(ctx context.Context) error {
	if err := detach.Begin(); err != nil {
		return err
	}
	keeper, err := pool.KeeperOf(os.Stdin)
	if err != nil {
		return err
	}
	defer keeper.Close()
	kind := &machinev1.MachineSpec{}
	if err := pool.ReadLine(keeper, maxSpec, kind); err != nil {
		return err
	}
	// One reader for both: the keeper's end while the guest is being made, and the claim.
	claims := make(chan *net.UnixConn, 1)
	making, leave := context.WithCancel(ctx)
	defer leave()
	go func() {
		defer leave()
		if client, err := pool.Receive(keeper); err == nil {
			claims <- client
		}
	}()
	priority.Lower(os.Getpid())
	spare, err := supervisor.NewSpare(making, kind, home(), pool.Folder(home()))
	if err != nil {
		_ = pool.WriteLine(keeper, refusal(err))
		return err
	}
	defer spare.Close()
	priority.Restore(os.Getpid())
	if err := pool.WriteLine(keeper, listening()); err != nil {
		return nil // the pool has ended
	}
	select {
	case <-spare.Ended():
		return errors.New("the guest has ended")
	case <-making.Done():
	}
	select {
	case client := <-claims:
		keeper.Close()
		return liveClaimed(ctx, client, spare)
	default:
		return nil
	}
}

// liveClaimed lives the sandbox's life that the front end asks for.
func liveClaimed(ctx context.Context, client *net.UnixConn, spare *supervisor.Spare) error {
	defer client.Close()
	taken := &machinev1.StartReport{Result: &machinev1.StartReport_Taken{Taken: &machinev1.Taken{}}}
	if err := errors.Join(client.SetDeadline(time.Now().Add(specTime)), pool.WriteLine(client, taken)); err != nil {
		return nil // it has gone
	}
	spec := &machinev1.MachineSpec{}
	if err := pool.ReadLine(client, maxSpec, spec); err != nil {
		return nil
	}
	if err := client.SetDeadline(time.Time{}); err != nil {
		return err
	}
	// A front end that goes before the answer wants no sandbox.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	answered := make(chan struct{})
	go func() {
		_, _ = client.Read(make([]byte, 1))
		select {
		case <-answered:
		default:
			stop()
		}
	}()
	err := supervisor.Run(ctx, spec, supervisor.Options{
		Home: home(), MakeTemplate: startMaker, StartGateway: startGateway, Spare: spare,
		Listening: func(crashPath string) {
			close(answered)
			_ = pool.WriteLine(client, listening())
			client.Close()
			_ = detach.Finish(crashPath)
		},
	})
	if err != nil {
		_ = pool.WriteLine(client, refusal(err))
	}
	return nil
}
