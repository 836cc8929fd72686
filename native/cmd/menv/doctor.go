package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"sandboxfile/native/internal/doctor"
)

// maxQuestion bounds what the engine asks.
const maxQuestion = 1 << 20

// doctorCommand reads a question as JSON and answers with facts, as one line of JSON.
func doctorCommand([]string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, done := untilReaderGone(ctx, os.Stdout)
	defer done()
	var question doctor.Question
	if err := json.NewDecoder(io.LimitReader(os.Stdin, maxQuestion)).Decode(&question); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	facts := doctor.Examine(ctx, question)
	if ctx.Err() != nil {
		return 130
	}
	if err := json.NewEncoder(os.Stdout).Encode(facts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
