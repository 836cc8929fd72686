//go:build !linux

package volume

import (
	"context"
	"errors"
	"net"
)

// Server answers for a guest's volumes; on this system for none.
type Server struct{}

var errSystem = errors.New("folders and files are shared with a sandbox on Linux hosts only")

// Open refuses to open any volume.
func Open(configs []Config) (*Server, error) {
	for _, config := range configs {
		return nil, &OpenError{config.Host, errSystem}
	}
	return &Server{}, nil
}

// Close has nothing to let go of.
func (s *Server) Close() {}

// Files tells which of the volumes are single files.
func (s *Server) Files() []bool { return nil }

// Growth tells of none.
func (s *Server) Growth() []Growth { return nil }

// Serve closes conn.
func (s *Server) Serve(_ context.Context, conn net.Conn) error { return conn.Close() }

// LetGo has nobody to let go.
func (s *Server) LetGo() {}

// Hold has nothing to hold.
func (s *Server) Hold(context.Context) error { return nil }

// GoOn has nothing to let go on.
func (s *Server) GoOn() {}

// CatchUp has nothing to wait for.
func (s *Server) CatchUp(context.Context) {}

// Table is empty.
func (s *Server) Table() ([]byte, error) { return nil, nil }

// Adopt takes an empty table.
func (s *Server) Adopt([]byte) error { return nil }
