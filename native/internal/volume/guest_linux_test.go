package volume

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// guest is a kernel that asks whatever a test wants, well-formed or not.
type guest struct {
	t      testing.TB
	conn   net.Conn
	folder string // of the host, mounted

	mu     sync.Mutex
	unique uint64
	told   []told
	group  uint32 // that asks
}

// told is a change of the host's that the guest was told of.
type told struct {
	what   uint32
	folder uint64
	name   string
}

// serve mounts a folder of a test, beside which lies a secret.
func serve(t testing.TB, config Config) *guest {
	if config.Host == "" {
		config.Host = filepath.Join(t.TempDir(), "mounted")
		if err := os.Mkdir(config.Host, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	server, err := Open([]Config{config})
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, folder: config.Host}
	g.conn = serveOver(t, server)
	return g
}

func serveOver(t testing.TB, server *Server) net.Conn {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ends := make([]net.Conn, 2)
	for i, fd := range pair {
		file := os.NewFile(uintptr(fd), "end")
		if ends[i], err = net.FileConn(file); err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	done, ctx := make(chan struct{}), t.Context()
	go func() {
		defer close(done)
		_ = server.Serve(ctx, ends[1])
	}()
	t.Cleanup(func() {
		ends[0].Close()
		<-done
	})
	return ends[0]
}

// body builds a request's body: numbers of 4 and 8 bytes, and texts with their NUL.
func body(parts ...any) []byte {
	var b []byte
	for _, part := range parts {
		switch part := part.(type) {
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, part)
		case uint64:
			b = binary.LittleEndian.AppendUint64(b, part)
		case string:
			b = append(append(b, part...), 0)
		case []byte:
			b = append(b, part...)
		default:
			panic("a part of another type")
		}
	}
	return b
}

// ask sends one request and waits for its answer. Requests of several goroutines take turns.
func (g *guest) ask(op fuse.Opcode, node uint64, parts ...any) ([]byte, error) {
	g.t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unique += 2
	message := request(op, g.unique, node, body(parts...))
	binary.LittleEndian.PutUint32(message[28:], g.group)
	if _, err := g.conn.Write(message); err != nil {
		g.t.Fatal(err)
	}
	head, answer := g.receive()
	for binary.LittleEndian.Uint32(head[4:]) == volumewire.CodeChanged {
		g.changed(head, answer)
		head, answer = g.receive()
	}
	if got := binary.LittleEndian.Uint64(head[8:]); got != g.unique {
		g.t.Fatalf("an answer to %d instead of %d", got, g.unique)
	}
	if code := int32(binary.LittleEndian.Uint32(head[4:])); code != 0 {
		return nil, syscall.Errno(-code)
	}
	return answer, nil
}

func (g *guest) receive() (head, body []byte) {
	g.t.Helper()
	head = make([]byte, fuse.OutHeaderBytes)
	if _, err := io.ReadFull(g.conn, head); err != nil {
		g.t.Fatal(err)
	}
	body = make([]byte, binary.LittleEndian.Uint32(head)-fuse.OutHeaderBytes)
	if _, err := io.ReadFull(g.conn, body); err != nil {
		g.t.Fatal(err)
	}
	return head, body
}

// changed notes what the host has told of, and says so as the relay does.
func (g *guest) changed(head, body []byte) {
	g.t.Helper()
	what, name := binary.LittleEndian.Uint32(body), string(body[volumewire.ChangeBytes:])
	g.told = append(g.told, told{what, binary.LittleEndian.Uint64(body[volumewire.ChangeFolderAt:]), name})
	if _, err := g.conn.Write(request(volumewire.OpNoted, 0, 0, nil)); err != nil {
		g.t.Fatal(err)
	}
}

func request(op fuse.Opcode, unique, node uint64, body []byte) []byte {
	length := uint32(fuse.InHeaderBytes + len(body))
	message := binary.LittleEndian.AppendUint32(nil, length)
	message = binary.LittleEndian.AppendUint32(message, uint32(op))
	message = binary.LittleEndian.AppendUint64(message, unique)
	message = binary.LittleEndian.AppendUint64(message, node)
	message = append(message, make([]byte, 16)...) // uid, gid, pid, extensions
	return append(message, body...)
}

func (g *guest) lookup(folder uint64, name string) (uint64, error) {
	answer, err := g.ask(fuse.OpLookup, folder, name)
	if err != nil {
		return 0, err
	}
	node := binary.LittleEndian.Uint64(answer)
	if node == 0 {
		return 0, unix.ENOENT
	}
	return node, nil
}

func (g *guest) mustLookup(folder uint64, name string) uint64 {
	g.t.Helper()
	node, err := g.lookup(folder, name)
	if err != nil {
		g.t.Fatalf("lookup of %s: %v", name, err)
	}
	return node
}

func (g *guest) read(node uint64) (string, error) {
	answer, err := g.ask(fuse.OpRead, node, uint64(0), uint64(0), uint32(4096), uint32(0), uint64(0), uint32(0), uint32(0))
	return string(answer), err
}

func (g *guest) write(node uint64, text string) error {
	_, err := g.ask(fuse.OpWrite, node, uint64(0), uint64(0), uint32(len(text)), uint32(0), uint64(0), uint32(0), uint32(0), []byte(text))
	return err
}

func (g *guest) mknod(folder uint64, name string, mode uint32) error {
	_, err := g.ask(fuse.OpMknod, folder, mode, uint32(0), uint32(0), uint32(0), name)
	return err
}

func (g *guest) symlink(folder uint64, name, target string) error {
	_, err := g.ask(fuse.OpSymlink, folder, name, target)
	return err
}

func (g *guest) rename(from uint64, oldName string, to uint64, newName string) error {
	_, err := g.ask(fuse.OpRename, from, to, oldName, newName)
	return err
}

func (g *guest) chmod(node uint64, mode uint32) error {
	_, err := g.ask(fuse.OpSetattr, node, setattrBody(fuse.SetMode, 0, mode))
	return err
}

func (g *guest) truncate(node, size uint64) error {
	_, err := g.ask(fuse.OpSetattr, node, setattrBody(fuse.SetSize, size, 0))
	return err
}

func setattrBody(valid uint32, size uint64, mode uint32) []byte {
	return body(valid, uint32(0), uint64(0), size, uint64(0), uint64(0), uint64(0), uint64(0),
		uint32(0), uint32(0), uint32(0), mode, uint32(0), uint32(0), uint32(0), uint32(0))
}

// host is a path in the mounted folder.
func (g *guest) host(name string) string { return filepath.Join(g.folder, name) }

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
