package vmtest

import (
	"context"
	"testing"
)

func TestAgent(t *testing.T) {
	m := boot(t, newDisk(t), assets(t)+"/root.img")
	m.configure(t)
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	r, err := m.run(ctx, shell("uname -a; id; ps; mount; cat /proc/self/cgroup; ls -la /dev /sys/fs/cgroup; hostname; cat /etc/hosts /proc/self/status; echo err >&2; cat /proc/self/oom_score_adj;/.sandbox/scripts/start a b; cat /proc/1/cgroup; exit 7"), nil, nil)
	t.Log(err, r.stdout, r.stderr, r.exit, r.started)
}
