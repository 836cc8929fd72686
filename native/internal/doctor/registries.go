package doctor

import (
	"context"
	"maps"
	"slices"
	"sync"

	"sandboxfile/native/internal/credentials"
	"sandboxfile/native/internal/registry"
)

// maxRegistries bounds how many hosts a project can have asked.
const maxRegistries = 16

// RegistryState is one registry with why it cannot be reached.
type RegistryState struct {
	Host   string `json:"host"`
	Reason string `json:"reason,omitempty"`
}

// tryRegistries asks those that the project or the user names, and no other.
func tryRegistries(ctx context.Context, home string, named []string) []RegistryState {
	settings, err := registry.LoadSettings(home)
	if err != nil {
		return []RegistryState{{Host: "registries.json", Reason: err.Error()}}
	}
	all := map[string]bool{}
	for _, host := range named {
		all[host] = true
	}
	for host := range settings.Registries {
		all[host] = true
	}
	hosts := slices.Sorted(maps.Keys(all))
	client := registry.New(settings, credentials.New(home), registry.StandardTiming)
	defer client.Close()
	states := make([]RegistryState, min(len(hosts), maxRegistries))
	var asking sync.WaitGroup
	for i := range states {
		states[i].Host = hosts[i]
		asking.Go(func() {
			if err := client.Reach(ctx, hosts[i]); err != nil {
				states[i].Reason = err.Error()
			}
		})
	}
	asking.Wait()
	return states
}
