package relay

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

const (
	minMinor = 31 // what a 5.10 kernel speaks
	ourMinor = 38
	// maxBackground is how much the kernel may ask for ahead of what programs wait for.
	maxBackground = 64
	// firstBytes is the least that the kernel lets who reads have room for.
	firstBytes = 8 << 10

	// Files are not opened and closed over the wire, and the kernel looks again at what it has of them
	// when their times change. A folder's entries always come with what they are: who lists a folder mostly asks that
	// next, and each of those requests takes as long as one for 25 entries.
	capabilities = fuse.CapAsyncRead | fuse.CapBigWrites | fuse.CapAutoInvalData | fuse.CapReaddirplus |
		fuse.CapAsyncDIO | fuse.CapNoOpen | fuse.CapParallelDirops | fuse.CapMaxPages | fuse.CapCacheSymlinks |
		fuse.CapNoOpendir | fuse.CapKillprivV2
)

// settle answers the kernel's first request of a mount, which has been asked by now: what they agree on is the same for
// all mounts and hosts, so that a mount can be ready before there is a host.
func settle(mount int) error {
	request := make([]byte, firstBytes)
	n, err := retrying(func() (int, error) { return unix.Read(mount, request) })
	if err != nil {
		return fmt.Errorf("read the first request: %w", err)
	}
	if n < fuse.InHeaderBytes {
		return errMounts
	}
	head, body := fuse.ParseHeader(request), fuse.NewBody(request[fuse.InHeaderBytes:n])
	offer := body.Init()
	if err := body.Err(); err != nil || head.Opcode != fuse.OpInit || offer.Major != 7 || offer.Minor < minMinor {
		return errors.Join(errMounts, err)
	}
	answer := fuse.NewAnswer(nil)
	answer.Init(fuse.Limits{
		Minor: min(offer.Minor, ourMinor), Flags: offer.Flags & capabilities,
		MaxReadahead: volumewire.MaxData, MaxBackground: maxBackground, MaxWrite: volumewire.MaxData,
	})
	if _, err := retrying(func() (int, error) { return unix.Write(mount, answer.Finish(head.Unique, 0)) }); err != nil {
		return fmt.Errorf("answer the first request: %w", err)
	}
	return nil
}
