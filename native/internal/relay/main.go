package relay

import agentv1 "sandboxfile/native/gen/menv/agent/v1"

// Main is the sandbox's main program as its supervisor sees it.
type Main struct {
	program *program
}

// Progress is called, once each, when the main program has started and when its first output is there. Both
// may be nil.
type Progress struct {
	Started, Output func()
}

func (p *Progress) tell(once *func()) {
	if *once != nil {
		(*once)()
		*once = nil
	}
}

// Done is closed when the program has ended and its output is read.
func (m *Main) Done() <-chan struct{} { return m.program.done }

// Result is the exit status or why there is none; after Done.
func (m *Main) Result() (*agentv1.ExitStatus, error) { return m.program.exit, m.program.err }

// Settled is closed when the announced first client has got everything or will not come.
func (m *Main) Settled() <-chan struct{} { return m.program.settled }
