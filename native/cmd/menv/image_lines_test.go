package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgressIsShownAtABoundedRateAndTheNewestInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		lines := newImageLines(&out)
		for done := int64(1); done <= 250; done++ {
			lines.layer("sha256:a", "downloading", done, 1000)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Hour) // a stall
		synctest.Wait()
		// At once, then one each interval of 100 ms, and what came last.
		shown := strings.Count(out.String(), "\n")
		if shown < 3 || shown > 4 || !strings.Contains(out.String(), `"done":250,`) {
			t.Fatalf("%d lines\n%s", shown, out.String())
		}
		out.Reset()
		lines.layer("sha256:a", "downloading", 300, 1000)
		lines.layer("sha256:a", "downloading", 400, 1000)
		lines.layer("sha256:a", "done", 1000, 1000)
		time.Sleep(time.Hour)
		synctest.Wait()
		if text := out.String(); strings.Contains(text, `:400,`) || !strings.HasSuffix(text, "\"stage\":\"done\",\"done\":1000,\"total\":1000}}\n") {
			t.Fatalf("after the end:\n%s", text)
		}
	})
}
