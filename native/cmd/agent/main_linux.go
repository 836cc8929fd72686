// Command agent is process 1 of every microVM. It serves menv.agent.v1 on its virtio-console port.
package main

import (
	"context"

	"sandboxfile/native/internal/guest/agent"
	"sandboxfile/native/internal/guest/boot"
	"sandboxfile/native/internal/guest/port"
	"sandboxfile/native/internal/guest/sandbox"
	"sandboxfile/native/internal/link"
)

// Set by the linker to the product's version.
var version = "development"

func main() {
	if err := boot.Prepare(); err != nil {
		boot.Fail(err)
	}
	device, err := port.Find(link.PortName)
	if err != nil {
		boot.Fail(err)
	}
	prepared := sandbox.Prepare(sandbox.Disks{Image: "/dev/vdb", RW: "/dev/vdc"})
	wire := port.New(device)
	guest := agent.New(prepared, wire, version)
	wire.OnTakeover = guest.TakenOver
	handler := guest.Handler()
	for {
		conn, err := wire.Accept()
		if err != nil {
			boot.Fail(err)
		}
		// The host's end closed: another one may come, in a clone for instance.
		link.Serve(context.Background(), conn, handler)
		_ = conn.Close()
	}
}
