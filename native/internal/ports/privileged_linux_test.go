package ports

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	machinev1 "sandboxfile/native/gen/menv/machine/v1"
)

const asOrdinaryUser = "PORTS_TEST_ORDINARY_USER"

// In a network of its own, where ports below 1024 are privileged whatever this machine has set.
func TestAPrivilegedPortNeedsPrivileges(t *testing.T) {
	if os.Getenv(asOrdinaryUser) != "" {
		_, err := New(func([]*machinev1.PublishedPort) {}).Publish(&machinev1.PortRequest{Guest: 80, Host: 80, Address: "0.0.0.0"})
		fmt.Println(err)
		return
	}
	program := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	program.Env = append(os.Environ(), asOrdinaryUser+"=1")
	program.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getgid(), Size: 1}},
	}
	out, err := program.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "CODE_PORT_PRIVILEGED 80") {
		t.Fatalf("%s %v", out, err)
	}
}
