package imagestore

import (
	"errors"
	"math"
	"os"
	"strconv"
	"strings"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

const (
	limitVariable = "MENV_IMAGES_LIMIT"
	defaultLimit  = 20 << 30
)

var units = map[string]int64{"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

// SizeLimit is how many bytes all images may have together: MENV_IMAGES_LIMIT, as `500M`, `20GiB` or
// bytes, or `none`.
func SizeLimit() (int64, error) {
	text := strings.TrimSpace(os.Getenv(limitVariable))
	switch strings.ToLower(text) {
	case "":
		return defaultLimit, nil
	case "none":
		return math.MaxInt64, nil
	}
	upper := strings.ToUpper(text)
	digits := strings.TrimRight(upper, "BIKMGT")
	unit := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(upper[len(digits):]), "B"), "I")
	number, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	factor, known := units[unit]
	if err == nil && (!known || number < 0 || number > math.MaxInt64/factor) {
		err = errors.New("not a size such as 20GiB")
	}
	if err != nil {
		return 0, failure.New(failurev1.Code_CODE_SETTING, limitVariable, err)
	}
	return number * factor, nil
}
