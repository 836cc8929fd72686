// Command assets builds what a microVM is started from. It runs at build time only and is no part
// of the product.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

type job struct {
	out    string   // file to make
	arch   string   // of the guest: amd64 or arm64
	os     string   // of the host: linux or darwin; for what the host loads
	inputs []string // what it is made from; none: fetched
	cache  string   // folder for fetched files
}

// input is the one thing it is made from, or empty.
func (j *job) input() string {
	if len(j.inputs) == 0 {
		return ""
	}
	return j.inputs[0]
}

var builders = map[string]func(context.Context, *job) error{
	"kernel":     buildKernel,
	"libkrun":    buildLibkrun,
	"agent-disk": buildAgentDisk,
	"empty-disk": buildEmptyDisk,
	"pack-disk":  packDisk,
	"busybox":    buildBusybox,
	"shell":      extractShell,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	const usage = "usage: assets kernel|libkrun|agent-disk|empty-disk|pack-disk|busybox|shell --out FILE [--arch amd64|arm64] [--os linux|darwin] [--input FILE]... [--cache DIR]"
	if len(arguments) == 0 {
		return fmt.Errorf("%s", usage)
	}
	build, known := builders[arguments[0]]
	if !known {
		return fmt.Errorf("%s", usage)
	}
	job := &job{}
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	flags.StringVar(&job.out, "out", "", "file to make")
	flags.StringVar(&job.arch, "arch", "amd64", "architecture of the guest")
	flags.StringVar(&job.os, "os", "linux", "operating system of the host")
	flags.Func("input", "what it is made from, instead of fetching it", func(path string) error {
		job.inputs = append(job.inputs, path)
		return nil
	})
	flags.StringVar(&job.cache, "cache", "", "folder that keeps fetched files")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	if job.out == "" || flags.NArg() != 0 || (job.arch != "amd64" && job.arch != "arm64") {
		return fmt.Errorf("%s", usage)
	}
	return build(ctx, job)
}
