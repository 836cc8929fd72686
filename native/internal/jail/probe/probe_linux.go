// Package probe is the prisoner of the jails' tests: run inside one, it tries what somebody who has broken
// out of a VM would, and tells what came of it. A test calls Main from its TestMain and starts itself
// with both variables set.
package probe

import (
	"encoding/json"
	"os"
	"strconv"
	"syscall"
)

// What Main probes with: a process that is not its own, and a folder of the test's with a file "victim".
const (
	Parent = "JAIL_PROBE_PARENT"
	Folder = "JAIL_PROBE_FOLDER"
)

// Result is what came of one action; Errno 0: it has been done.
type Result struct {
	Action string
	Errno  syscall.Errno
}

// Denied tells whether it was refused for who or where the process is, and not for how it was asked.
func (r Result) Denied() bool {
	switch r.Errno {
	case syscall.EPERM, syscall.EACCES, syscall.ENOSYS, syscall.ENOENT:
		return true
	}
	return false
}

// Main does every action, writes the results as JSON and ends the process, if it was started for that.
func Main() {
	parent, err := strconv.Atoi(os.Getenv(Parent))
	if err != nil {
		return
	}
	var results []Result
	for _, each := range actions(parent, os.Getenv(Folder)) {
		results = append(results, Result{Action: each.name, Errno: each.try()})
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}
