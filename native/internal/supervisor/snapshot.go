package supervisor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/snapshot"
	"sandboxfile/native/internal/template"
)

// saveTime bounds what the guest stands still for.
const saveTime = 60 * time.Second

// save makes a snapshot. The guest goes on as it was before, whatever comes of it.
func (m *machine) save(ctx context.Context, request *machinev1.SnapshotRequest) (*machinev1.SnapshotInfo, error) {
	folder := request.GetFolder()
	if !filepath.IsAbs(folder) {
		return nil, failure.New(failurev1.Code_CODE_SNAPSHOT, folder, errors.New("not an absolute path"))
	}
	m.turn.Lock()
	defer m.turn.Unlock()
	guest, err := m.settled()
	if err != nil {
		return nil, err
	}
	draft, err := snapshot.Begin(folder)
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_SNAPSHOT, folder, err)
	}
	defer draft.Discard()
	info := &machinev1.SnapshotInfo{
		Sandbox: m.spec.GetSandbox(), Cpus: m.spec.GetCpus(), MemoryMib: m.spec.GetMemoryMib(),
		RootDisk: m.spec.GetRootDisk(), Launch: m.spec.GetLaunch(), Main: m.spec.GetMain(),
	}
	if err := m.take(ctx, guest, draft, info); err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_SNAPSHOT, folder, err)
	}
	key, err := m.key()
	if err == nil && !request.GetTransient() {
		err = draft.Sync()
	}
	if err == nil {
		err = draft.Publish(key, info)
	}
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_SNAPSHOT, folder, err)
	}
	return info, nil
}

// take copies the guest while it stands still.
func (m *machine) take(ctx context.Context, guest *guest, draft *snapshot.Draft, info *machinev1.SnapshotInfo) (err error) {
	ctx, cancel := context.WithTimeout(ctx, saveTime)
	defer cancel()
	info.Held = m.held
	if !m.paused {
		began := time.Now()
		info.Held = m.freeze(ctx, guest)
		defer func() {
			err = errors.Join(err, m.release(ctx, guest, nil))
			info.PausedNs = uint64(time.Since(began))
		}()
		if err := m.vm.Pause(ctx); err != nil {
			return err
		}
	}
	if m.marker == nil {
		return errors.New("the guest does not answer")
	}
	info.Marker = m.marker
	info.UnixNanos = time.Now().UnixNano()
	return draft.Take(ctx, m.vm, m.spec.GetDisk())
}

// restore starts the guest from a snapshot. There is no other way to get that guest.
func (m *machine) restore(ctx context.Context, config qemu.Config, from *snapshot.Snapshot) (*guest, outcome) {
	from.Apply(&config)
	config.Devices = true
	began, err := m.rejoin(ctx, config, from.Info.GetMarker())
	if err == nil {
		err = m.greet(began.ctx, began.service, cloneTimeout)
	}
	if err == nil {
		identity := &agentv1.Identity{
			Hostname: m.spec.GetGuest().GetHostname(), MachineId: m.spec.GetGuest().GetMachineId(),
			BootId: newBootID(),
		}
		err = m.release(began.ctx, began, identity)
	}
	if err == nil {
		return began, outcome{}
	}
	if began != nil {
		defer began.leave()
	}
	if !m.stop.isAsked() {
		err = failure.New(failurev1.Code_CODE_SNAPSHOT, m.spec.GetSnapshot(), err)
	}
	return nil, outcome{err: err, clean: true}
}

// findSnapshot opens the snapshot that the spec names, if it names one, and puts its disk in place.
func (m *machine) findSnapshot() (*snapshot.Snapshot, error) {
	folder := m.spec.GetSnapshot()
	if folder == "" {
		return nil, nil
	}
	refused := func(err error) error { return failure.Storage(failurev1.Code_CODE_SNAPSHOT, folder, err) }
	key, err := m.key()
	if err != nil {
		return nil, refused(err)
	}
	from, err := snapshot.Open(folder, key)
	if err != nil {
		return nil, refused(err)
	}
	if from.Info.GetRootDisk() != m.spec.GetRootDisk() {
		err = errors.New("it was made from another image")
	} else {
		err = from.RestoreDisk(m.spec.GetDisk())
	}
	if err != nil {
		from.Close()
		return nil, refused(err)
	}
	return from, nil
}

// newBootID is a random UUID.
func newBootID() string {
	id := make([]byte, 16)
	rand.Read(id)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// key is what a guest must share with one that goes on from it.
func (m *machine) key() (string, error) {
	disk, err := os.Stat(m.spec.GetEmptyDisk())
	if err != nil {
		return "", err
	}
	return template.Key(m.config(0), disk.Size())
}
