package lease

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestNumbers(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "network")
	taken := map[uint16]string{}
	var leases []*Lease
	for i := range 200 {
		name := fmt.Sprintf("sandbox %d", i%100) // each name twice: the second gets another number
		lease, err := Take(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		if former, ok := taken[lease.Number]; ok {
			t.Fatalf("%s has the number of %s", name, former)
		}
		if !Network4.Contains(IPv4(lease.Number)) || !Network6.Contains(IPv6(lease.Number)) {
			t.Errorf("number %d is outside", lease.Number)
		}
		taken[lease.Number] = name
		leases = append(leases, lease)
	}
	number := leases[0].Number
	for _, lease := range leases {
		lease.Release()
	}
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is left: %v", err)
	}
	again, err := Take(folder, "sandbox 0")
	if err != nil {
		t.Fatal(err)
	}
	defer again.Release()
	if again.Number != number {
		t.Errorf("another number: %d, not %d", again.Number, number)
	}
}

func TestPlan(t *testing.T) {
	for _, reserved := range []uint16{1, 2} {
		if reserved >= first {
			t.Errorf("%d is the gateway's", reserved)
		}
	}
	if got := IPv4(0x1234).String() + " " + IPv6(0x1234).String() + " " + MAC(0x1234); got != "198.19.18.52 fd6d:7362:6e65:7400::1234 02:6d:65:01:12:34" {
		t.Error(got)
	}
}
