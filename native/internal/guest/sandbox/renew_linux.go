package sandbox

import (
	"os"

	"golang.org/x/sys/unix"
)

// KeepImage has the kernel keep what it knows of the image's disk for the sandbox that Renew prepares. It comes
// before Release.
func (s *Sandbox) KeepImage() { s.kept, s.image = s.image, -1 }

// Renew takes away what Release has left and prepares another sandbox on the same disks.
func (s *Sandbox) Renew() (*Sandbox, error) {
	s.launcher.end()
	for _, file := range []*os.File{s.cgroup.dir, s.oom.score} {
		_ = file.Close()
	}
	_ = unix.Close(s.agentNS)
	if err := os.Remove(cgroupDir); err != nil {
		return nil, err
	}
	next := Prepare(s.disks)
	next.kept = s.kept
	return next, next.failed
}
