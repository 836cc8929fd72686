package doctor

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"sandboxfile/native/internal/rundir"
)

// mend does what nobody could mind: it makes the user's folder, takes rights away from others that
// they should not have had, and removes what killed processes left. It says what it did.
func mend(home string) []string {
	done := []string{}
	if _, err := os.Stat(home); errors.Is(err, fs.ErrNotExist) && os.MkdirAll(home, 0o700) == nil {
		done = append(done, "folder")
	}
	secrets := filepath.Join(home, "auth.json")
	if info, err := os.Stat(secrets); err == nil && info.Mode().Perm()&0o077 != 0 && os.Chmod(secrets, 0o600) == nil {
		done = append(done, "logins")
	}
	if sweepRuns(filepath.Join(home, "run")) {
		done = append(done, "runs")
	}
	return done
}

// sweepRuns removes the sockets of supervisors that were killed; those that live keep theirs.
func sweepRuns(folder string) bool {
	runs, _ := os.ReadDir(folder)
	swept := false
	for _, run := range runs {
		path := filepath.Join(folder, run.Name())
		socket := filepath.Join(path, "sock")
		if isAbandoned(socket) && rundir.Sweep(path) == nil {
			swept = true
		}
	}
	return swept
}

// isAbandoned: whoever lives accepts.
func isAbandoned(socket string) bool {
	if _, err := os.Lstat(socket); err != nil {
		return false
	}
	conn, err := net.Dial("unix", socket)
	if err == nil {
		conn.Close()
	}
	return err != nil
}
