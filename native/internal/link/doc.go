// Package link holds what both ends of the agent's wire agree on: HTTP/2 with prior knowledge over
// one virtio-console port, Connect RPC inside. The guest's end is in server.go.
//
// The guest usually runs under software emulation, where every copied byte and every system call
// costs ten times what it costs on the host. The numbers in limits.go are chosen for that.
package link
