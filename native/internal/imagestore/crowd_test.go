package imagestore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"sandboxfile/native/internal/failure"
)

// TestCrowdMember is no test but one of the processes of TestProcessesAtOnce.
func TestCrowdMember(t *testing.T) {
	dir := os.Getenv("MENV_TEST_CROWD")
	if dir == "" {
		t.Skip("only for TestProcessesAtOnce")
	}
	seed, err := strconv.ParseUint(os.Getenv("MENV_TEST_SEED"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	store, ctx := open(t, dir), context.Background()
	for range 60 {
		name := fmt.Sprintf("image:%d", random.IntN(4))
		switch random.IntN(5) {
		case 0, 1:
			digest := addImage(t, store, []string{"base", name}, name)
			image := store.Lookup(digest)
			if image == nil {
				continue // removed by another
			}
			hold, err := Use(ctx, image.RootDisk, User{Sandbox: "s"})
			if err != nil {
				continue // likewise
			}
			if content, err := os.ReadFile(image.RootDisk); err != nil || string(content) != "base"+name {
				t.Errorf("seed %d: in use and not whole: %q %v", seed, content, err)
			}
			if err := hold.Release(); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		case 2:
			if target, err := store.Find(name, name, linux); err == nil {
				_, err = store.Remove(ctx, []Target{*target})
				if _, named := errors.AsType[*failure.Error](err); err != nil && !named {
					t.Errorf("seed %d: remove: %v", seed, err)
				}
			}
		case 3:
			if _, err := store.Prune(ctx, random.Int64N(1000)); err != nil {
				t.Errorf("seed %d: prune: %v", seed, err)
			}
		default:
			if _, damaged, err := store.List(); err != nil {
				t.Errorf("seed %d: list: %v %v", seed, damaged, err)
			}
		}
	}
}

func TestProcessesAtOnce(t *testing.T) {
	dir, seed := t.TempDir(), uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var members []*exec.Cmd
	for i := range uint64(4) {
		member := exec.Command(os.Args[0], "-test.run", "^TestCrowdMember$")
		member.Env = append(os.Environ(), "MENV_TEST_CROWD="+dir, fmt.Sprintf("MENV_TEST_SEED=%d", seed+i))
		member.Stdout, member.Stderr = os.Stderr, os.Stderr
		if err := member.Start(); err != nil {
			t.Fatal(err)
		}
		members = append(members, member)
	}
	for _, member := range members {
		if err := member.Wait(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	store := open(t, dir)
	if _, damaged, err := store.List(); err != nil || len(damaged) > 0 {
		t.Errorf("seed %d: %v %v", seed, damaged, err)
	}
	prune(t, store, 0)
	if left := names(t, store); left != "" || blobCount(t, store) != 0 {
		t.Errorf("seed %d: left %s, %d blobs", seed, left, blobCount(t, store))
	}
}
