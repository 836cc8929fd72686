package imagestore

import (
	"fmt"
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

// SizeLimit is how many bytes all images may have together.
func SizeLimit() (int64, error) {
	text := os.Getenv(limitVariable)
	if text == "" {
		return defaultLimit, nil
	}
	return ParseLimit(limitVariable, text)
}

// ParseLimit reads `500M`, `20GiB`, bytes or `none`; name is the setting's, for messages.
func ParseLimit(name, text string) (int64, error) {
	upper := strings.ToUpper(strings.TrimSpace(text))
	if upper == "NONE" {
		return math.MaxInt64, nil
	}
	digits := strings.TrimRight(upper, "BIKMGT")
	unit := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(upper[len(digits):]), "B"), "I")
	number, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	factor, known := units[unit]
	if err == nil && (!known || number < 0 || number > math.MaxInt64/factor) {
		err = strconv.ErrSyntax
	}
	if err != nil {
		return 0, failure.New(failurev1.Code_CODE_SETTING, name, fmt.Errorf("%q is no size such as 500M or 20GiB, nor none", text))
	}
	return number * factor, nil
}
