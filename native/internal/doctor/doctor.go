// Package doctor finds out what this host can do for sandboxes. It states facts; what they mean and
// what to do about them is said by the engine, in the user's words.
package doctor

import (
	"context"
	"sync"
	"time"
)

// limit bounds every single look: what does not answer is a fact too.
const limit = 5 * time.Second

// Question is what to look at.
type Question struct {
	Home       string   `json:"home"`
	Assets     []string `json:"assets"`     // files of this installation
	QEMU       string   `json:"qemu"`       // a name is looked up in PATH; empty: the architecture's
	Ports      []Port   `json:"ports"`      // that the project publishes
	Registries []string `json:"registries"` // that the project names
	Hardware   Hardware `json:"hardware"`   // what guests are booted with on it
	Fix        bool     `json:"fix"`        // mend what can be mended without asking
}

// Facts are what was found.
type Facts struct {
	Missing    []string        `json:"missing"` // of the assets
	Hypervisor Access          `json:"hypervisor"`
	Libkrun    Program         `json:"libkrun"`
	QEMU       Program         `json:"qemu"`
	Memory     Memory          `json:"memory"`
	Folder     Folder          `json:"folder"`
	Confine    Confinement     `json:"confinement"`
	Ports      []PortState     `json:"ports"`
	Registries []RegistryState `json:"registries"`
	Mended     []string        `json:"mended"`
}

// Examine looks at everything at once. It fails in nothing: what cannot be found out says so.
func Examine(ctx context.Context, question Question) *Facts {
	facts := &Facts{Missing: missing(question.Assets)}
	if question.Fix {
		facts.Mended = mend(question.Home)
	}
	var looks sync.WaitGroup
	for _, look := range []func(context.Context){
		func(ctx context.Context) { facts.Hypervisor = tryHypervisor(ctx, question) },
		func(context.Context) { facts.Libkrun = findLibkrun(question.Hardware) },
		func(ctx context.Context) { facts.QEMU = findQEMU(ctx, question.QEMU) },
		func(context.Context) { facts.Memory = memory() },
		func(context.Context) { facts.Folder = examineFolder(question.Home) },
		func(context.Context) { facts.Confine = confinement() },
		func(ctx context.Context) { facts.Ports = tryPorts(ctx, question.Ports) },
		func(ctx context.Context) { facts.Registries = tryRegistries(ctx, question.Home, question.Registries) },
	} {
		looks.Go(func() {
			bounded, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			look(bounded)
		})
	}
	looks.Wait()
	return facts
}
