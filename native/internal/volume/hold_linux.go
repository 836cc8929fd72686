package volume

import (
	"context"
	"errors"

	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// Hold makes the wire stand still: the relay carries nothing more, every request that it has carried is
// answered, and every answer has arrived. The guest has to run for it. What the guest knows is in Table
// then, and a guest that is copied now can go on with another server.
func (s *Server) Hold(ctx context.Context) error {
	if len(s.volumes) == 0 {
		return nil
	}
	if err := s.ask(ctx); err != nil {
		return err
	}
	if err := s.quiet(ctx); err != nil {
		return err
	}
	// Its answer comes after the last of theirs has gone the other way.
	return s.ask(ctx)
}

// GoOn ends a hold, in a guest that goes on from a copy too.
func (s *Server) GoOn() {
	if len(s.volumes) > 0 {
		s.send(fuse.NewAnswer(nil).Notice(0, volumewire.CodeGoOn))
	}
}

func (s *Server) ask(ctx context.Context) error {
	select {
	case <-s.held: // of a hold that was given up
	default:
	}
	s.send(fuse.NewAnswer(nil).Notice(0, volumewire.CodeHold))
	select {
	case <-s.held:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("the guest's volumes do not stand still"), context.Cause(ctx))
	}
}

func signal(place chan<- struct{}) {
	select {
	case place <- struct{}{}:
	default:
	}
}
