package sandbox

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// What programs lose is only what would end or rewrite the guest's kernel under the agent.
// Everything else stays: root in a virtual machine is expected to be root.
var withheld = []uintptr{unix.CAP_SYS_BOOT, unix.CAP_SYS_MODULE, unix.CAP_SYS_RAWIO}

// dropCapabilities shrinks the thread's bounding set, which programs inherit at their exec. The
// thread's own capabilities stay.
func dropCapabilities() error {
	for _, capability := range withheld {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err != nil {
			return fmt.Errorf("drop capability %d: %w", capability, err)
		}
	}
	return nil
}

// oomGuard keeps the kernel from ever choosing the agent when memory runs out. The score is
// inherited by fork, so it is lifted for the moment in which a program is forked: a program that
// forks at once must not have it.
type oomGuard struct {
	score *os.File
}

func newOOMGuard() (*oomGuard, error) {
	score, err := os.OpenFile("/proc/self/oom_score_adj", os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	g := &oomGuard{score}
	return g, g.set("-1000")
}

func (g *oomGuard) lifted(fork func()) error {
	if err := g.set("0"); err != nil {
		return err
	}
	fork()
	return g.set("-1000")
}

func (g *oomGuard) set(value string) error {
	_, err := g.score.WriteAt([]byte(value), 0)
	return err
}
