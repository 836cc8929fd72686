package killtest

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSteps is the process that TestEachStepIsReached kills.
func TestSteps(t *testing.T) {
	folder := os.Getenv("MENV_TEST_STEPS")
	if folder == "" {
		t.Skip("only for TestEachStepIsReached")
	}
	for _, name := range []string{"a", "b", "c"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEachStepIsReached(t *testing.T) {
	var folder string
	environment := []string{"MENV_TEST_STEPS="}
	seen := make(map[int]bool)
	steps := EachStep(t, []string{"-test.run", "^TestSteps$"}, environment, func(int) {
		folder = t.TempDir()
		environment[0] = "MENV_TEST_STEPS=" + folder
	}, func(int) {
		made, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		seen[len(made)] = true
	})
	if steps < 3 || len(seen) != 4 {
		t.Errorf("%d steps, states %v", steps, seen)
	}
}
