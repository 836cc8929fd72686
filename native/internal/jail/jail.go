// Package jail starts processes that can do nothing but what their profile says. A guest that breaks
// out of its VM is then in a process without rights: no files but its own, no network, no other
// processes, few system calls. What the host cannot do is left out and reported; the rest stays.
package jail

import (
	"os"

	jailv1 "sandboxfile/native/gen/menv/jail/v1"
)

// Profile is what a process needs, and so all that it gets besides the files it inherits.
type Profile struct {
	// Read and Write are files and folders, absolute; those that do not exist are left out. In folders
	// of Write it may also make and remove files.
	Read  []string
	Write []string
	// Shown are read by a process that is not root only, which sees there what everybody may see.
	Shown []string
	// Reopened are inherited files that it opens once more, through /dev/fd.
	Reopened []*os.File
	// Network: it may reach out on the internet. It cannot listen there, nor find Unix sockets.
	Network bool
	// MemoryBytes is what it may use, of the host's memory; 0: any.
	MemoryBytes uint64
	// OwnUser: everything it needs is inherited or open to everybody, so it can be a user of its own
	// when it is started by root.
	OwnUser bool
}

// The parts of a jail.
const (
	PartUser      = "user"      // a user of its own, when started by root
	PartRights    = "rights"    // no capabilities, no new privileges
	PartSyscalls  = "syscalls"  // only those that this kind of process needs
	PartFiles     = "files"     // only those of the profile
	PartNetwork   = "network"   // no network but that of inherited sockets
	PartLimits    = "limits"    // open files, sizes of files, no core dump
	PartInherited = "inherited" // no file descriptors but those meant for it
	PartCgroup    = "cgroup"    // a bound on memory and threads
)

var names = []string{PartUser, PartRights, PartSyscalls, PartFiles, PartNetwork, PartLimits, PartInherited, PartCgroup}

// Part is one wall of a jail.
type Part struct {
	Name string
	// Off is why the host cannot do it; empty: it stands.
	Off string
}

// Proto is the parts as they are told to others.
func Proto(parts []Part) []*jailv1.Part {
	told := make([]*jailv1.Part, 0, len(parts))
	for _, part := range parts {
		told = append(told, &jailv1.Part{Name: part.Name, Off: part.Off})
	}
	return told
}
