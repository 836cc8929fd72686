package hostclock

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestRateIsMeasuredAndKept(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("this host's guests need no rate")
	}
	home := t.TempDir()
	meter := NewMeter(home)
	first, err := meter.KHz(context.Background())
	if err != nil || first < minKHz || first > maxKHz {
		t.Fatalf("%d kHz, %v", first, err)
	}
	if err := meter.Refine(context.Background()); err != nil {
		t.Fatal(err)
	}
	kept, ok := NewMeter(home).cached()
	if !ok {
		t.Fatal("nothing kept")
	}
	if difference := float64(kept)/float64(first) - 1; difference > 0.002 || difference < -0.002 {
		t.Errorf("first %d kHz, then %d", first, kept)
	}
	// Another boot, or nonsense, is not believed.
	for _, text := range []string{"another-boot 2000000\n", meter.boot + " 7\n", "", meter.boot,
		meter.boot + " 2000000", meter.boot + " 2000000\n0\n"} {
		if err := os.WriteFile(filepath.Join(home, cacheName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if khz, ok := NewMeter(home).cached(); ok {
			t.Errorf("%q gave %d", text, khz)
		}
	}
}
