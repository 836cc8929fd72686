// Package rehearsal lives a sandbox's life once, on stand-ins, in a guest that is to be given away later.
// What the life needs of the agent, the kernel and the shell has been loaded and initialised then and,
// under software emulation, translated, which is nine tenths of what it costs.
package rehearsal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	"sandboxfile/native/internal/link"
	"sandboxfile/native/internal/network/lease"
)

const entropyBytes = 64

// programTime bounds each program: an image's may do anything.
const programTime = 30 * time.Second

// Options are what the guest has.
type Options struct {
	// KeepImage: what the kernel has read of the image's disk is kept; that disk must stay the same.
	KeepImage bool
	// Network: it has a network device.
	Network bool
	// Volumes is its port for volumes, over which nothing goes but what the rehearsal has go there.
	Volumes net.Conn
	// Folder is for a folder of the host's that is there meanwhile.
	Folder string
}

// Run leaves the guest as it was before: nothing that may differ between sandboxes is kept, and what
// Configure draws and sets it draws and sets again.
func Run(ctx context.Context, guest *link.Client, options Options) error {
	volume, err := share(options)
	if err != nil {
		return fmt.Errorf("rehearse a volume: %w", err)
	}
	err = live(ctx, guest, options, volume)
	if err == nil {
		err = volume.leave(ctx)
	}
	if err := errors.Join(err, volume.close()); err != nil {
		return err
	}
	if _, err := guest.Agent().Reset(ctx, &agentv1.ResetRequest{KeepImage: options.KeepImage}); err != nil {
		return fmt.Errorf("rehearse the end: %w", err)
	}
	return nil
}

func live(ctx context.Context, guest *link.Client, options Options, volume *standIn) error {
	entropy := make([]byte, entropyBytes)
	rand.Read(entropy)
	request := &agentv1.ConfigureRequest{
		UnixNanos: time.Now().UnixNano(), Entropy: entropy,
		Hostname: "rehearsal", MachineId: strings.Repeat("0", 32),
		Files:  []*agentv1.PlacedFile{{Path: "scripts/start", Mode: 0o750, Content: []byte(script)}},
		Mounts: volume.mounts(),
	}
	if options.Network {
		request.Network = lease.Rehearsed()
		request.DnsServers = []string{request.Network.GetGatewayIpv4()}
	}
	if _, err := guest.Agent().Configure(ctx, request); err != nil {
		return fmt.Errorf("rehearse configure: %w", err)
	}
	// The second time a program is started other code runs than the first time.
	for range 2 {
		if err := performInTime(ctx, guest.Programs()); err != nil {
			return fmt.Errorf("rehearse a program: %w", err)
		}
	}
	return nil
}

// script does what most programs begin with: it starts another one and writes, and it looks at a volume if there
// is one.
const script = `#!/bin/sh
/bin/sh -c 'echo rehearsal'
if [ -e ` + mountPoint + `/file ]; then
	cd ` + mountPoint + `
	read -r line < file
	echo "$line" > made
fi
`

func performInTime(ctx context.Context, programs agentv1connect.ProcessServiceClient) error {
	ctx, cancel := context.WithTimeout(ctx, programTime)
	defer cancel()
	return perform(ctx, programs)
}

func perform(ctx context.Context, programs agentv1connect.ProcessServiceClient) error {
	stream, err := programs.Exec(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(stream.CloseRequest(), stream.CloseResponse()) }()
	spec := &agentv1.ProcessSpec{
		Program: "/.sandbox/scripts/start", Cwd: "/", Env: []string{"PATH=/bin"},
		Stdin: agentv1.Stdin_STDIN_STREAM,
	}
	if err := stream.Send(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Start{Start: spec}}); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for {
		answer, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return errors.New("its end was not told")
		}
		if err != nil {
			return err
		}
		if exit := answer.GetExited(); exit != nil {
			if exit.GetCode() != 0 || exit.GetSignal() != 0 {
				return fmt.Errorf("it ended with %v", exit)
			}
			return nil
		}
	}
}
