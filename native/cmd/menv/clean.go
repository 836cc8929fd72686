package main

import (
	"encoding/json"
	"flag"
	"io"
	"os"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/rundir"
)

// cleanCommand deletes what sandboxes have left, unless one of them runs.
// `menv clean --root DIR --run FOLDER… NAME…`: names are relative to the root and cannot lead out of
// it. A failure is one line of JSON on stdout.
func cleanCommand(args []string) int {
	flags := flag.NewFlagSet("clean", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	root := flags.String("root", "", "")
	var runs []string
	flags.Func("run", "", func(folder string) error {
		runs = append(runs, folder)
		return nil
	})
	if flags.Parse(args) != nil || *root == "" {
		usage()
	}
	if err := rundir.Clean(runs, *root, flags.Args()); err != nil {
		named := failure.Of(err, failurev1.Code_CODE_RUN_FOLDER)
		_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"failure": map[string]string{
			"code": named.GetCode().String(), "subject": named.GetSubject(), "cause": named.GetCause(),
		}})
		return 1
	}
	return 0
}
