package agent

import (
	"runtime"
	"sync"
)

// spares is how many threads an agent that is copied has more than it needs by then.
const spares = 4

// spareThreads has the runtime make threads, which it keeps: each copy of the guest would make them one by one when calls
// into the kernel take long, and a thread is some thousand blocks of code that the copy has to translate first.
func spareThreads() {
	var there, gone sync.WaitGroup
	there.Add(spares)
	release := make(chan struct{})
	for range spares {
		gone.Go(func() {
			// Who waits so has its thread to itself.
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			there.Done()
			<-release
		})
	}
	there.Wait()
	close(release)
	gone.Wait()
}
