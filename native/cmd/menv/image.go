package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/image"
	"sandboxfile/native/internal/imagestore"
)

// imageCommand serves `menv image resolve`. Its stdout is JSON lines: progress while the image is
// brought in, then the image or the failure.
func imageCommand(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	lines := &imageLines{encoder: json.NewEncoder(os.Stdout)}
	found, err := resolveImage(ctx, args, lines)
	switch {
	case errors.Is(err, errImageUsage):
		fmt.Fprintln(os.Stderr, err)
		return 2
	case ctx.Err() != nil:
		return 130
	case err != nil:
		lines.failure(err)
		return 1
	}
	lines.image(found)
	return 0
}

var errImageUsage = errors.New("usage: menv image resolve --store DIR --platform OS/ARCH --builtin FILE REFERENCE")

func resolveImage(ctx context.Context, args []string, lines *imageLines) (*imagestore.Image, error) {
	flags := flag.NewFlagSet("image resolve", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	store := flags.String("store", "", "")
	platform := flags.String("platform", "", "")
	builtin := flags.String("builtin", "", "")
	if len(args) == 0 || args[0] != "resolve" || flags.Parse(args[1:]) != nil || flags.NArg() != 1 || *store == "" {
		return nil, errImageUsage
	}
	wanted, err := v1.ParsePlatform(*platform)
	if err != nil || wanted.OS == "" || wanted.Architecture == "" {
		return nil, errImageUsage
	}
	opened, err := imagestore.Open(*store)
	if err != nil {
		return nil, err
	}
	resolver := &image.Resolver{Store: opened, Platform: *wanted, Builtin: *builtin, Progress: lines.progress}
	return resolver.Resolve(ctx, flags.Arg(0))
}

type imageLines struct {
	encoder *json.Encoder
	last    time.Time
}

// Readers redraw a line at best; more would only cost them time.
const progressInterval = 100 * time.Millisecond

func (l *imageLines) progress(done, total int64) {
	if now := time.Now(); done == total || now.Sub(l.last) >= progressInterval {
		l.last = now
		l.write("progress", struct {
			Stage string `json:"stage"`
			Done  int64  `json:"done"`
			Total int64  `json:"total"`
		}{"importing", done, total})
	}
}

func (l *imageLines) image(found *imagestore.Image) { l.write("image", found) }

func (l *imageLines) failure(err error) {
	named := failure.Of(err, failurev1.Code_CODE_STORE)
	l.write("failure", struct {
		Code    string `json:"code"`
		Subject string `json:"subject"`
		Cause   string `json:"cause"`
	}{named.GetCode().String(), named.GetSubject(), named.GetCause()})
}

// write cannot report that nobody listens; the exit status still tells.
func (l *imageLines) write(key string, value any) {
	_ = l.encoder.Encode(map[string]any{key: value})
}
