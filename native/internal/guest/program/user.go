package program

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"connectrpc.com/connect"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/fault"
)

const maxAccountFile = 1 << 20

// account is whom a program runs as.
type account struct {
	credential *syscall.Credential // nil: root, as the agent
	home       string
}

// reader reads a small file of the sandbox.
type reader func(path string, limit int) ([]byte, error)

// findUser resolves "", "name", "uid", each with an optional ":group". A number need not be in
// /etc/passwd, a name must.
func findUser(who string, read reader) (account, error) {
	if who == "" || who == "root" || who == "0" || who == "0:0" {
		return account{home: "/root"}, nil
	}
	unknown := func(why string) (account, error) {
		return account{}, fault.New(connect.CodeNotFound, failurev1.Code_CODE_USER_UNKNOWN, who, errors.New(why))
	}
	user, group, withGroup := strings.Cut(who, ":")
	passwd, _ := read("/etc/passwd", maxAccountFile)
	groups, _ := read("/etc/group", maxAccountFile)

	id, numeric := number(user)
	found := account{home: "/", credential: &syscall.Credential{Uid: id}}
	name := ""
	for fields := range records(passwd, 7) {
		uid, ok := number(fields[2])
		if !ok || fields[0] != user && !(numeric && uid == id) {
			continue
		}
		gid, _ := number(fields[3])
		name, numeric = fields[0], true
		found.home = fields[5]
		found.credential.Uid, found.credential.Gid = uid, gid
		break
	}
	if !numeric {
		return unknown("not in /etc/passwd")
	}
	gid, groupKnown := number(group)
	for fields := range records(groups, 4) {
		id, ok := number(fields[2])
		if !ok {
			continue
		}
		if withGroup && fields[0] == group {
			gid, groupKnown = id, true
		}
		if !withGroup && name != "" && contains(fields[3], name) && len(found.credential.Groups) < maxGroups {
			found.credential.Groups = append(found.credential.Groups, id)
		}
	}
	if withGroup {
		if !groupKnown {
			return unknown("group not in /etc/group")
		}
		found.credential.Gid = gid
	}
	return found, nil
}

const maxGroups = 1024

// records yields the colon-separated lines of text that have at least n fields.
func records(text []byte, n int) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(string(text)) {
			fields := strings.Split(strings.TrimRight(line, "\n"), ":")
			if len(fields) >= n && !yield(fields) {
				return
			}
		}
	}
}

func contains(list, name string) bool {
	for member := range strings.SplitSeq(list, ",") {
		if member == name {
			return true
		}
	}
	return false
}

func number(text string) (uint32, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	// The highest id means "unchanged" to the kernel.
	return uint32(n), err == nil && n != 1<<32-1
}
