package sandbox

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// launcher is the goroutine whose thread lives in the sandbox's namespaces and has the sandbox's
// root as its own: paths on it are paths of the sandbox. The Go runtime makes new threads from an
// untainted one, so nothing else of the agent ever gets there.
type launcher struct {
	jobs chan func()
}

func newLauncher() *launcher {
	l := &launcher{jobs: make(chan func())}
	go func() {
		// Never unlocked: the thread ends with the goroutine instead of going back to the pool.
		runtime.LockOSThread()
		// The agent's own timers are lax. Programs inherit this thread's.
		_ = unix.Prctl(unix.PR_SET_TIMERSLACK, kernelTimerSlack, 0, 0, 0)
		for job := range l.jobs {
			job()
		}
	}()
	return l
}

// do runs job on the thread and waits for it.
func (l *launcher) do(job func()) {
	done := make(chan struct{})
	l.jobs <- func() {
		defer close(done)
		job()
	}
	<-done
}

// end ends the thread.
func (l *launcher) end() { close(l.jobs) }

// kernelTimerSlack is what every process has that asks for nothing else, in nanoseconds.
const kernelTimerSlack = 50_000
