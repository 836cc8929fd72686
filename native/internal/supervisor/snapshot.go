package supervisor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/snapshot"
	"sandboxfile/native/internal/template"
)

const (
	// saveTime bounds what the guest stands still for.
	saveTime = 60 * time.Second
	// switchTime bounds the wait for a QEMU that takes a new layer.
	switchTime = 10 * time.Second
)

// save makes a snapshot. The guest goes on as it was before, whatever comes of it.
func (m *machine) save(ctx context.Context, request *machinev1.SnapshotRequest) (*machinev1.SnapshotInfo, error) {
	if folder := request.GetFolder(); !filepath.IsAbs(folder) || len(request.GetDescription()) > snapshot.MaxDescription {
		return nil, failure.New(failurev1.Code_CODE_SNAPSHOT, folder, errors.New("no absolute path, or too long a description"))
	}
	m.turn.Lock()
	defer m.turn.Unlock()
	guest, err := m.settled()
	if err != nil {
		return nil, err
	}
	_, err = m.keeper()
	if whole := request.GetLast() || request.GetTransient(); err != nil && whole {
		return nil, err
	}
	if err != nil && !request.GetDiskOnly() {
		request = proto.CloneOf(request)
		request.DiskOnly = true
	}
	if request.GetLast() {
		if err := m.hold(ctx, guest); err != nil {
			return nil, err
		}
	}
	info, err := m.saveHeld(ctx, guest, request)
	switch {
	case err != nil && request.GetLast():
		return nil, errors.Join(err, m.release(ctx, guest))
	case request.GetLast():
		m.stop.request(0)
	}
	if info != nil {
		info.VolumeNodes = nil // as large as all else together can never be, and for supervisors alone
	}
	return info, err
}

// saveHeld makes the snapshot of a guest that runs or is held; m.turn is held.
func (m *machine) saveHeld(ctx context.Context, guest *guest, request *machinev1.SnapshotRequest) (*machinev1.SnapshotInfo, error) {
	folder := request.GetFolder()
	refused := func(err error) (*machinev1.SnapshotInfo, error) {
		return nil, failure.Storage(failurev1.Code_CODE_SNAPSHOT, folder, err)
	}
	key, err := snapshot.UserKey(m.home)
	if err != nil {
		return refused(err)
	}
	draft, err := snapshot.Begin(folder)
	if err != nil {
		return refused(err)
	}
	defer draft.Discard()
	info := &machinev1.SnapshotInfo{
		Sandbox: m.spec.GetSandbox(), Cpus: m.spec.GetCpus(), MemoryMib: m.spec.GetMemoryMib(),
		RootDisk: m.spec.GetRootDisk(), Launch: m.spec.GetLaunch(), Main: m.spec.GetMain(),
		Files: m.spec.GetGuest().GetFiles(), Volumes: m.spec.GetVolumes(), Description: request.GetDescription(), DiskOnly: request.GetDiskOnly(),
	}
	layers, err := m.take(ctx, guest, draft, info)
	if err != nil {
		return refused(err)
	}
	var machine *snapshot.Machine
	if !info.GetDiskOnly() {
		machine, err = m.asMachine(ctx)
	}
	if err == nil {
		err = draft.Complete(ctx, machine, layers)
	}
	if err == nil && !request.GetTransient() {
		err = draft.Keep()
	}
	if err == nil {
		err = draft.Publish(info, key)
	}
	if err != nil {
		return refused(err)
	}
	return info, nil
}

// take copies the guest while it stands still. It returns the layers of its disk of that moment: the
// guest writes to a new one when it goes on.
func (m *machine) take(ctx context.Context, guest *guest, draft *snapshot.Draft, info *machinev1.SnapshotInfo) (layers disk.Chain, err error) {
	ctx, cancel := context.WithTimeout(ctx, saveTime)
	defer cancel()
	capture, err := m.capture(ctx, draft)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, capture.retract()) }()
	info.Held = m.held
	if !m.paused {
		var since time.Time
		info.Held, since = m.freeze(ctx, guest)
		defer func() {
			err = errors.Join(err, m.release(ctx, guest))
			info.PausedNs = uint64(time.Since(since))
		}()
		if err := m.vm.Pause(ctx); err != nil {
			return nil, err
		}
	}
	info.UnixNanos = time.Now().UnixNano()
	if !info.GetDiskOnly() {
		if m.marker == nil {
			return nil, errors.New("the guest does not answer")
		}
		info.Marker = m.marker
		if info.VolumeNodes, err = m.volumeTable(); err != nil {
			return nil, err
		}
		vm, err := m.keeper()
		if err != nil {
			return nil, err
		}
		if err := draft.Take(ctx, vm); err != nil {
			return nil, err
		}
	}
	return capture.take(ctx)
}

// restore starts the guest from a snapshot. There is no other way to get that guest.
func (m *machine) restore(ctx context.Context, config qemu.Config, from *resumption) (*guest, outcome) {
	from.memory.Apply(&config)
	config.Devices = true
	err := m.volumes.Adopt(from.info.GetVolumeNodes())
	var began *guest
	if err == nil {
		began, err = m.rejoin(ctx, config, from.info.GetMarker(), &agentv1.Identity{
			Hostname: m.spec.GetGuest().GetHostname(), MachineId: m.spec.GetGuest().GetMachineId(),
			BootId: newBootID(), Network: m.place.network,
		})
	}
	if err == nil {
		if err = m.replaceFiles(began.ctx, began, from.info.GetFiles()); err == nil {
			return began, outcome{}
		}
		began.leave()
	}
	if !m.stop.isAsked() {
		err = failure.New(failurev1.Code_CODE_SNAPSHOT, m.spec.GetSnapshot(), err)
	}
	return nil, outcome{err: err, clean: true}
}

// prepareDisk makes the disk, from the snapshot that the spec names if it names one, and opens that
// snapshot's memory if the guest is to go on from it.
func (m *machine) prepareDisk(ctx context.Context) (*resumption, error) {
	folder := m.spec.GetSnapshot()
	if folder == "" {
		return nil, m.makeDisk(ctx)
	}
	refused := func(err error) error {
		code := failurev1.Code_CODE_SNAPSHOT
		if errors.Is(err, snapshot.ErrOther) {
			code = failurev1.Code_CODE_SNAPSHOT_OTHER
		}
		return failure.Storage(code, folder, err)
	}
	key, err := snapshot.UserKey(m.home)
	if err != nil {
		return nil, refused(err)
	}
	from, err := snapshot.Open(folder, key)
	if err != nil {
		return nil, refused(err)
	}
	resumed := &resumption{info: from.Info}
	if m.spec.GetSnapshotDiskOnly() {
		resumed = nil
	} else {
		machine, err := m.asMachine(ctx)
		if err != nil {
			return nil, refused(err)
		}
		if resumed.memory, err = from.OpenMemory(machine); err != nil {
			return nil, refused(err)
		}
	}
	if _, err = from.RestoreDisk(m.spec.GetDisk()); err == nil {
		// One layer more with each way back: they are not to add up.
		m.disk, err = disk.Ensure(ctx, m.spec.GetEmptyDisk(), m.spec.GetDisk(), mergeLayers)
	}
	if err != nil {
		resumed.close()
		return nil, refused(err)
	}
	return resumed, nil
}

// resumption is a guest of a snapshot that is to go on; nil: the guest starts.
type resumption struct {
	info   *machinev1.SnapshotInfo
	memory *template.Template
}

func (r *resumption) close() {
	if r != nil {
		r.memory.Close()
	}
}

// consume deletes the snapshot that a guest has gone on from, if it is to go on once: by its name first,
// and what is left of it goes with the next snapshot that is made there.
func (m *machine) consume(from *resumption) error {
	if from == nil || !m.spec.GetConsumeSnapshot() {
		return nil
	}
	folder := m.spec.GetSnapshot()
	parent, name := filepath.Split(folder)
	grave := filepath.Join(parent, strings.TrimSuffix(durable.TempPattern, "*")+name)
	err := os.Rename(folder, grave)
	if err == nil {
		err = durable.SyncDir(parent)
	}
	if err != nil {
		return failure.Storage(failurev1.Code_CODE_SNAPSHOT, folder, err)
	}
	_ = os.RemoveAll(grave)
	return nil
}

// newBootID is a random UUID.
func newBootID() string {
	id := make([]byte, 16)
	rand.Read(id)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// asMachine is what a guest must share with one that goes on from its memory.
func (m *machine) asMachine(ctx context.Context) (*snapshot.Machine, error) {
	rate, err := m.meter.KHz(ctx)
	if err != nil {
		return nil, err
	}
	size, err := disk.VirtualSize(m.spec.GetEmptyDisk())
	if err != nil {
		return nil, err
	}
	return snapshot.MachineOf(m.config(rate), size)
}
