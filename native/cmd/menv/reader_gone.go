package main

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// untilReaderGone ends the context when nobody reads the file any more: whoever started this process
// was killed and wants nothing of it. A process that waits for a network would not notice otherwise.
func untilReaderGone(ctx context.Context, file *os.File) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	info, err := file.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return ctx, cancel
	}
	go func() {
		// No event is asked for: a hang-up is reported all the same, and nothing else is.
		watched := []unix.PollFd{{Fd: int32(file.Fd())}}
		for ctx.Err() == nil {
			if _, err := unix.Poll(watched, -1); err != unix.EINTR {
				cancel()
			}
		}
	}()
	return ctx, cancel
}
