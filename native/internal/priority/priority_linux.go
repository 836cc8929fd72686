package priority

import (
	"os"
	"strconv"
)

const (
	// modest is a third of the normal weight: with less, a busy host would never get anything done for it.
	modest = 5
	normal = 0
)

func lower(pid int) { set(pid, modest) }

func restore(pid int) { set(pid, normal) }

// Who leads a session of its own may change the session's weight in both directions.
func set(pid, nice int) {
	_ = os.WriteFile("/proc/"+strconv.Itoa(pid)+"/autogroup", []byte(strconv.Itoa(nice)), 0)
}
