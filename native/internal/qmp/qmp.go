// Package qmp speaks QEMU's machine protocol: JSON lines, commands answered by id, events between.
package qmp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	// maxLine bounds one message: QEMU is trusted less than its code is.
	maxLine = 1 << 20
	// pendingEvents bounds the events that nobody has read yet; newer ones are dropped.
	pendingEvents = 64
)

// Event is something that QEMU tells unasked.
type Event struct {
	Name string          `json:"event"`
	Data json.RawMessage `json:"data"`
}

// Error is QEMU's refusal of a command.
type Error struct {
	Class       string `json:"class"`
	Description string `json:"desc"`
}

func (e *Error) Error() string { return e.Class + ": " + e.Description }

// Client is one QMP connection.
type Client struct {
	conn   io.ReadWriteCloser
	events chan Event

	mu     sync.Mutex
	nextID uint64
	sent   chan struct{} // closed when the line before the next one is sent: one at a time, in the order of the calls
	waits  map[uint64]chan reply
	awaits map[string]chan struct{} // by the event's name
	err    error
	closed chan struct{}
}

type reply struct {
	ID     *uint64         `json:"id"`
	Return json.RawMessage `json:"return"`
	Error  *Error          `json:"error"`
	Event
}

type command struct {
	Execute   string `json:"execute"`
	Arguments any    `json:"arguments,omitempty"`
	ID        uint64 `json:"id"`
}

// NewClient reads conn until it ends. Negotiate comes before any other command.
func NewClient(conn io.ReadWriteCloser) *Client {
	client := &Client{
		conn:   conn,
		events: make(chan Event, pendingEvents),
		waits:  make(map[uint64]chan reply),
		awaits: make(map[string]chan struct{}),
		sent:   make(chan struct{}),
		closed: make(chan struct{}),
	}
	close(client.sent)
	go client.read()
	return client
}

// Negotiate leaves the greeting's mode, in which QEMU takes no other command.
func (c *Client) Negotiate(ctx context.Context) error {
	return c.Execute(ctx, "qmp_capabilities", nil, nil)
}

// Execute runs one command. result may be nil.
func (c *Client) Execute(ctx context.Context, name string, arguments, result any) error {
	return c.ExecuteWith(ctx, nil, name, arguments, result)
}

// ExecuteWith gives QEMU a descriptor of file with the command.
func (c *Client) ExecuteWith(ctx context.Context, file *os.File, name string, arguments, result any) error {
	answer, err := c.exchange(ctx, name, arguments, file)
	if err != nil {
		return fmt.Errorf("qmp %s: %w", name, err)
	}
	if answer.Error != nil {
		return fmt.Errorf("qmp %s: %w", name, answer.Error)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Return, result)
}

// Events ends when the connection does.
func (c *Client) Events() <-chan Event { return c.events }

// Expect gives a wait for the next event of that name, whoever reads the events.
func (c *Client) Expect(name string) func(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	happened := c.awaits[name]
	if happened == nil {
		happened = make(chan struct{})
		c.awaits[name] = happened
	}
	return func(ctx context.Context) error {
		select {
		case <-happened:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.closed:
			return fmt.Errorf("qmp event %s: %w", name, c.err)
		}
	}
}

// SkipEvents forgets the events that nobody has read.
func (c *Client) SkipEvents() {
	for len(c.events) > 0 {
		<-c.events
	}
}

// Close ends the connection and fails what waits on it.
func (c *Client) Close() error { return c.conn.Close() }

// PassFile gives QEMU a descriptor of file, under a name that commands know it by.
func (c *Client) PassFile(ctx context.Context, name string, file *os.File) error {
	return c.ExecuteWith(ctx, file, "getfd", map[string]string{"fdname": name}, nil)
}

// exchange sends one command, with a file beside it unless that is nil.
func (c *Client) exchange(ctx context.Context, name string, arguments any, file *os.File) (reply, error) {
	if ctx.Err() != nil {
		return reply{}, context.Cause(ctx)
	}
	id, answered, err := c.register()
	if err != nil {
		return reply{}, err
	}
	defer c.forget(id)
	line, err := json.Marshal(command{Execute: name, Arguments: arguments, ID: id})
	if err != nil {
		return reply{}, err
	}
	// Who gives up closes its file, and the line is sent all the same.
	if file != nil {
		if file, err = duplicate(file); err != nil {
			return reply{}, err
		}
	}
	before, sent := c.queue()
	// A stopped QEMU does not read: the write may block until Close.
	go func() {
		defer close(sent)
		<-before
		c.write(append(line, '\n'), file)
	}()
	select {
	case answer := <-answered:
		return answer, nil
	case <-ctx.Done():
		return reply{}, context.Cause(ctx)
	case <-c.closed:
		return reply{}, c.err
	}
}

func (c *Client) write(line []byte, file *os.File) {
	if file != nil {
		defer file.Close()
	}
	if err := c.send(line, file); err != nil {
		c.conn.Close()
	}
}

// queue gives a line its place: after `before`, and the next one's after `sent`.
func (c *Client) queue() (before <-chan struct{}, sent chan<- struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, next := c.sent, make(chan struct{})
	c.sent = next
	return last, next
}

func duplicate(file *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	runtime.KeepAlive(file)
	return os.NewFile(uintptr(fd), file.Name()), nil
}

func (c *Client) send(line []byte, file *os.File) error {
	if file == nil {
		_, err := c.conn.Write(line)
		return err
	}
	socket, ok := c.conn.(*net.UnixConn)
	if !ok {
		return errors.New("not a unix socket")
	}
	// A stream socket may take a part of the bytes; the descriptor goes with the first.
	n, _, err := socket.WriteMsgUnix(line, unix.UnixRights(int(file.Fd())), nil)
	if err == nil && n < len(line) {
		_, err = socket.Write(line[n:])
	}
	runtime.KeepAlive(file)
	return err
}

func (c *Client) register() (uint64, chan reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, nil, c.err
	}
	c.nextID++
	answered := make(chan reply, 1)
	c.waits[c.nextID] = answered
	return c.nextID, answered, nil
}

func (c *Client) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waits, id)
}

func (c *Client) read() {
	lines := bufio.NewScanner(c.conn)
	lines.Buffer(make([]byte, 0, 4<<10), maxLine)
	var err error
	for err == nil && lines.Scan() {
		err = c.handle(lines.Bytes())
	}
	if err == nil {
		err = lines.Err()
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	c.mu.Lock()
	c.err = err
	c.mu.Unlock()
	close(c.closed)
	close(c.events)
	c.conn.Close()
}

func (c *Client) handle(line []byte) error {
	var message reply
	if err := json.Unmarshal(line, &message); err != nil {
		return errors.Join(errors.New("malformed QMP message"), err)
	}
	switch {
	case message.Name != "":
		c.tell(message.Name)
		select {
		case c.events <- message.Event:
		default:
		}
	case message.ID != nil:
		c.answer(*message.ID, message)
	}
	return nil
}

func (c *Client) tell(event string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if happened, ok := c.awaits[event]; ok {
		delete(c.awaits, event)
		close(happened)
	}
}

func (c *Client) answer(id uint64, message reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answered, ok := c.waits[id]; ok {
		delete(c.waits, id)
		answered <- message
	}
}
