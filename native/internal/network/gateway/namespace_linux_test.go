package gateway

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// inside is set in the process that has a network namespace of its own.
const inside = "SANDBOXFILE_TEST_NETWORK_NAMESPACE"

// TestMain runs the tests in a network namespace of their own, where that is possible: nothing that
// they send leaves this machine, and they see everything that is sent.
func TestMain(m *testing.M) {
	if os.Getenv(inside) != "" {
		// As most hosts have it: every user may ask whether an address is there.
		pings := os.WriteFile("/proc/sys/net/ipv4/ping_group_range", []byte("0 2147483647"), 0)
		if err := errors.Join(pings, ip("link", "set", "lo", "up")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(withAuthority(m.Run))
	}
	if os.Geteuid() != 0 {
		os.Exit(m.Run())
	}
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.Env = append(os.Environ(), inside+"=1")
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	err := again.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(exit.ExitCode())
	}
	if errors.Is(err, syscall.EPERM) {
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// needNamespace skips what needs a network of its own.
func needNamespace(t testing.TB) {
	if os.Getenv(inside) == "" {
		t.Skip("no network namespace of its own: this needs root")
	}
}

func ip(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %v: %w: %s", args, err, out)
	}
	return nil
}
