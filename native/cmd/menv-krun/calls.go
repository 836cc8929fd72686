package main

import (
	"github.com/ebitengine/purego"
	"sandboxfile/native/internal/libkrun"
)

// calls are the library's, as libkrun.h declares them. All but createContext answer 0 or a negated
// errno.
type calls struct {
	initLog            func(target int32, level, style, options uint32) int32
	createContext      func() int32
	setVMConfig        func(context uint32, cpus uint8, memoryMiB uint32) int32
	setKernel          func(context uint32, path string, format uint32, initramfs *byte, line string) int32
	noImplicitConsole  func(context uint32) int32
	noImplicitVsock    func(context uint32) int32
	addDisk            func(context uint32, name, path string, format uint32, readOnly, direct bool, sync uint32) int32
	addConsole         func(context uint32) int32
	addTerminalPort    func(context, console uint32, name string, fd int32) int32
	addStreamPort      func(context, console uint32, name string, input, output int32) int32
	addNetworkCard     func(context uint32, path *byte, fd int32, mac *byte, features, flags uint32) int32
	startAndNeverLeave func(context uint32) int32
}

func load(path string) (*calls, error) {
	library, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, &libkrun.Error{Kind: libkrun.Unusable, Subject: path, Cause: err}
	}
	c := &calls{}
	// In the order of libkrun.Calls, which have been found in the file.
	for i, call := range []any{
		&c.initLog, &c.createContext, &c.setVMConfig, &c.setKernel,
		&c.noImplicitConsole, &c.noImplicitVsock, &c.addDisk,
		&c.addConsole, &c.addTerminalPort, &c.addStreamPort,
		&c.addNetworkCard, &c.startAndNeverLeave,
	} {
		purego.RegisterLibFunc(call, library, libkrun.Calls[i])
	}
	return c, nil
}
