package pool

import (
	"context"
	"slices"
	"time"

	machinev1 "sandboxfile/native/gen/menv/machine/v1"
)

const (
	// quietTime is how long after a claim nothing is made: what was claimed starts meanwhile.
	quietTime = 1500 * time.Millisecond
	// maxKinds are kept, those asked for last; maxSize of each at most.
	maxKinds = 6
	maxSize  = 16
	// firstPause follows a member that could not be made; each further one doubles it.
	firstPause = 2 * time.Second
	lastPause  = 5 * time.Minute
	// shortPause is how long nothing is made after memory has become short.
	shortPause = time.Minute
)

// kind is one kind of guest that has been asked for.
type kind struct {
	id    string
	guest *machinev1.MachineSpec
	fails int
	after time.Time // none is made before
}

// fill makes one member at a time, and dismisses those that are too many.
func (k *keeper) fill(ctx context.Context) {
	for {
		next, wait, changed := k.next()
		if next != nil {
			k.make(ctx, next)
			continue
		}
		var due <-chan time.Time
		if wait > 0 {
			due = time.After(wait)
		}
		select {
		case <-changed:
		case <-due:
		case <-ctx.Done():
			return
		}
	}
}

// next is the kind of which one is to be made now, or how long there is nothing to do; 0: until
// something changes.
func (k *keeper) next() (*kind, time.Duration, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	size := k.size()
	var wait time.Duration
	for _, kind := range k.kinds {
		if k.count(kind.id) >= size {
			continue
		}
		due := k.quiet
		if kind.after.After(due) {
			due = kind.after
		}
		left := time.Until(due)
		if left <= 0 {
			return kind, 0, nil
		}
		if wait == 0 || left < wait {
			wait = left
		}
	}
	k.trim(size)
	return nil, wait, k.changed
}

// make makes a member and waits until it is ready or given up.
func (k *keeper) make(ctx context.Context, wanted *kind) {
	made, err := spawn(k.options.Program, k.options.Home, wanted.id, wanted.guest)
	if err == nil {
		k.mu.Lock()
		k.members = append(k.members, made)
		k.mu.Unlock()
		if err = made.ready(ctx); err != nil {
			made.dismiss()
			k.drop(made)
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		wanted.after = time.Now().Add(min(firstPause<<min(wanted.fails, 16), lastPause))
		wanted.fails++
		return
	}
	wanted.fails = 0
	if !slices.Contains(k.members, made) {
		return // it was given back while it was being made
	}
	made.isReady = true
	k.change()
	k.work.Go(func() { k.attend(ctx, made) })
}

// attend notices the end of a member.
func (k *keeper) attend(ctx context.Context, made *member) {
	select {
	case <-made.ended:
		k.drop(made)
	case <-ctx.Done():
	}
}

func (k *keeper) drop(gone *member) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if at := slices.Index(k.members, gone); at >= 0 {
		k.members = slices.Delete(k.members, at, at+1)
		k.change()
	}
}

// giveBack ends all members because memory is short.
func (k *keeper) giveBack() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.quiet = time.Now().Add(shortPause)
	k.dismiss(k.members)
}

// dismiss needs k.mu.
func (k *keeper) dismiss(members []*member) {
	gone := slices.Clone(members)
	for _, member := range gone {
		member.dismiss()
	}
	k.members = slices.DeleteFunc(k.members, func(m *member) bool { return slices.Contains(gone, m) })
	if len(gone) > 0 {
		k.change()
	}
}

// trim dismisses what nobody asks for any more; k.mu is held.
func (k *keeper) trim(size int) {
	var surplus []*member
	kept := map[string]int{}
	for _, member := range k.members {
		kept[member.kind]++
		known := slices.ContainsFunc(k.kinds, func(kind *kind) bool { return kind.id == member.kind })
		if !known || kept[member.kind] > size {
			surplus = append(surplus, member)
		}
	}
	k.dismiss(surplus)
}

// remember notes that a guest of the kind was, or is likely to be, asked for; k.mu is held.
func (k *keeper) remember(asked *kind) {
	if at := slices.IndexFunc(k.kinds, func(known *kind) bool { return known.id == asked.id }); at >= 0 {
		asked = k.kinds[at]
		k.kinds = slices.Delete(k.kinds, at, at+1)
	}
	k.kinds = slices.Insert(k.kinds, 0, asked)
	k.kinds = k.kinds[:min(len(k.kinds), maxKinds)]
}

func (k *keeper) count(id string) int {
	count := 0
	for _, member := range k.members {
		if member.kind == id {
			count++
		}
	}
	return count
}

// size is how many of each kind are kept; k.mu is held.
func (k *keeper) size() int {
	size, told := uint32(0), false
	for _, request := range k.fronts {
		if request.Size != nil {
			size, told = max(size, request.GetSize()), true
		}
	}
	switch {
	case len(k.fronts) == 0, k.options.Memory.isShort():
		return 0
	case told:
		return int(min(size, maxSize))
	}
	return k.options.Memory.Size(len(k.kinds))
}
