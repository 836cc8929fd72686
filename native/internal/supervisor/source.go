package supervisor

import (
	"errors"
	"os"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/template"
)

// source is where the guest may come from, and what is to be done about it later. The zero source
// knows no templates.
type source struct {
	store    template.Store
	key      string // empty: this guest has no template and gets none
	template *template.Template
	broken   error // what is wrong with the template
}

func (m *machine) findSource(config qemu.Config) *source {
	if m.spec.GetNoTemplate() || m.library != nil {
		return &source{}
	}
	size, err := config.Disk.Size()
	if err != nil {
		return &source{}
	}
	root, err := os.Stat(config.RootDisk)
	if err != nil || root.Size() > template.RootBytes {
		return &source{}
	}
	key, err := template.Key(config, size)
	if err != nil {
		return &source{}
	}
	s := &source{store: template.In(m.home), key: key}
	s.template, err = s.store.Open(key, config.ClockKHz)
	if err != nil && !errors.Is(err, template.ErrNone) {
		s.broken = err
	}
	return s
}

func (s *source) close() {
	if s.template != nil {
		s.template.Close()
	}
}

// note keeps the template that the guest came from, and not every other one.
func (s *source) note() {
	s.store.Used(s.key)
	// What cannot be removed now is tried again by the next start.
	_ = s.store.Prune()
}

// renew has a template made for the next start, in place of a broken one.
func (s *source) renew(maker func() error) {
	if s.key == "" {
		return
	}
	if s.broken != nil && s.store.Discard(s.key) != nil {
		return
	}
	if s.store.Promising(s.key) {
		// Without one the next start boots, and tries again.
		_ = maker()
	}
}

// tellBroken says that the guest was booted though there was a template.
func (m *machine) tellBroken(err error) {
	if err == nil {
		return
	}
	m.board.update(func(state *machinev1.MachineState) {
		state.TemplateFailure = failure.New(failurev1.Code_CODE_TEMPLATE, m.spec.GetSandbox(), err).Proto()
	})
}
