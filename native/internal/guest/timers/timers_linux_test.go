package timers

import (
	"fmt"
	"strings"
	"testing"
)

// device is one of a processor as the kernel writes it.
func device(processor int, name string, mult, mode int) string {
	return fmt.Sprintf(`Tick Device: mode:     1
Per CPU device: %d
Clock Event Device: %s
 max_delta_ns:   36163729954
 min_delta_ns:   1000
 mult:           %d
 shift:          32
 mode:           %d
 next_event:     3772000000 nsecs
 event_handler:  hrtimer_interrupt

 retries:        1
`, processor, name, mult, mode)
}

const (
	beginning = `Timer List Version: v0.10
HRTIMER_MAX_CLOCK_BASES: 8
now at 3771000000 nsecs

cpu: 0
 clock 0:
  .base:       0000000000000000
`
	broadcast = `Tick Device: mode:     1
Broadcast device
Clock Event Device: pit
 mult:           5124678
 shift:          32
 mode:           1
tick_broadcast_mask: 0

`
	// exact is what 62.5 MHz come to.
	exact = 268_435_456
)

func TestRateOfTheTimers(t *testing.T) {
	for name, each := range map[string]struct {
		devices []string
		hz      uint64
	}{
		"one processor":          {[]string{device(0, "lapic", exact, 3)}, 62_500_000},
		"two":                    {[]string{device(0, "lapic", exact, 3), device(1, "lapic", exact, 3)}, 62_500_000},
		"measured wrong":         {[]string{device(0, "lapic", 307_856_813, 3)}, 71_678_499},
		"the shared chip":        {[]string{device(0, "pit", 5_124_678, 3)}, 0},
		"found faulty":           {[]string{device(0, "lapic", exact, 1), device(1, "lapic", exact, 1)}, 0},
		"faulty in one":          {[]string{device(0, "lapic", exact, 3), device(1, "lapic", exact, 1)}, 0},
		"one without":            {[]string{device(0, "lapic", exact, 3) + "Per CPU device: 1\nClock Event Device: <NULL>\n"}, 0},
		"another architecture's": {[]string{device(0, "arch_sys_timer", exact, 3)}, 0},
		"none":                   {nil, 0},
	} {
		hz, err := common([]byte(beginning + broadcast + strings.Join(each.devices, "")))
		if err != nil || hz != each.hz {
			t.Errorf("%s: %d, %v instead of %d", name, hz, err, each.hz)
		}
	}
}

func TestAListThatMakesNoSense(t *testing.T) {
	for _, text := range []string{
		"Per CPU device: 0\nClock Event Device: lapic\n",
		strings.Replace(device(0, "lapic", exact, 3), "shift:          32", "shift:          many", 1),
		strings.Replace(device(0, "lapic", exact, 3), fmt.Sprint(exact), "99999999999999999999", 1),
	} {
		if hz, err := common([]byte(text)); err == nil {
			t.Errorf("%q: %d", text, hz)
		}
	}
}
