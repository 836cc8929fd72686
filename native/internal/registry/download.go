package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"sandboxfile/native/internal/blobs"
)

// maxDownloads run at once.
const maxDownloads = 4

// enoughProgress between two failures makes a connection's breaking count as the first again.
const enoughProgress = 1 << 20

// transfer brings one blob into the store.
type transfer struct {
	from    *Repository
	digest  v1.Hash
	size    int64
	into    *blobs.Writer
	observe func(stage Stage, done int64)
}

// run fills the writer, from where it stands, and publishes the blob.
func (t *transfer) run(ctx context.Context) error {
	for kept := t.into.Written() > 0; ; kept = false {
		resumed, err := t.fill(ctx)
		if err != nil {
			return err
		}
		t.observe(Verifying, t.size)
		err = t.into.Commit()
		if _, wrong := errors.AsType[*blobs.MismatchError](err); !wrong {
			return err
		}
		if !kept && !resumed {
			t.into.Discard()
			return refuse("%v", err)
		}
		// The parts do not fit together: not all of them were of this blob.
		if err := t.into.Restart(); err != nil {
			return err
		}
	}
}

// fill asks until all bytes are there. resumed: they came in more than one piece.
func (t *transfer) fill(ctx context.Context) (resumed bool, err error) {
	mark := t.into.Written()
	for attempt := 1; t.into.Written() < t.size; attempt++ {
		t.observe(Downloading, t.into.Written())
		err := t.from.each(ctx, func(s *session) error { return t.receive(ctx, s) })
		if err == nil {
			continue
		}
		if t.into.Written()-mark >= enoughProgress {
			attempt, mark = 1, t.into.Written()
		}
		if local(err) || !broken(err, attempt) {
			return resumed, err
		}
		resumed = resumed || t.into.Written() > 0
		t.observe(Retrying, t.into.Written())
		if err := sleep(ctx, t.from.client.timing.backoff(attempt)); err != nil {
			return resumed, err
		}
	}
	return resumed, nil
}

// broken tells a transfer that ended early from everything that was repeated already or would fail
// again.
func broken(err error, attempt int) bool {
	interrupted, ok := errors.AsType[*interruptedError](err)
	return ok && temporary(interrupted.error, attempt)
}

type interruptedError struct{ error }

func (e *interruptedError) Unwrap() error { return e.error }

// receive appends one answer to what is there.
func (t *transfer) receive(ctx context.Context, s *session) error {
	ctx = withNotice(ctx, func() { t.observe(Retrying, t.into.Written()) })
	offset := t.into.Written()
	response, err := s.blob(ctx, t.digest, offset, t.size)
	if answer, ok := errors.AsType[*transport.Error](err); ok && answer.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		if err := t.into.Restart(); err != nil {
			return err
		}
		offset = 0
		response, err = s.blob(ctx, t.digest, 0, t.size)
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	skip, err := position(response, offset, t.size)
	if err != nil {
		return err
	}
	body := &source{Reader: response.Body}
	if _, err := io.CopyN(io.Discard, body, skip); err == nil {
		if _, err := io.CopyBuffer(t, body, make([]byte, 256<<10)); err != nil && body.err == nil {
			return written(err)
		}
	}
	if body.err == nil && t.into.Written() < t.size {
		body.err = io.ErrUnexpectedEOF
	}
	if body.err != nil {
		return &interruptedError{fmt.Errorf("after %d of %d bytes: %w", t.into.Written(), t.size, body.err)}
	}
	return nil
}

// Write stores and tells.
func (t *transfer) Write(data []byte) (int, error) {
	n, err := t.into.Write(data)
	t.observe(Downloading, t.into.Written())
	return n, err
}

// written tells a full disk from an answer that is too long.
func written(err error) error {
	if local(err) {
		return err
	}
	return refuse("%v", err)
}

// position is how many bytes of the answer are there already.
func position(response *http.Response, offset, size int64) (skip int64, err error) {
	rest := size - offset
	if response.StatusCode == http.StatusOK {
		skip, rest = offset, size
	} else if err := checkRange(response.Header.Get("Content-Range"), offset, size); err != nil {
		return 0, err
	}
	if response.ContentLength >= 0 && response.ContentLength != rest {
		return 0, refuse("%d bytes are sent, expected %d", response.ContentLength, rest)
	}
	return skip, nil
}

func checkRange(header string, offset, size int64) error {
	expected := "bytes " + strconv.FormatInt(offset, 10) + "-" + strconv.FormatInt(size-1, 10) + "/"
	total, ok := strings.CutPrefix(header, expected)
	if !ok || total != "*" && total != strconv.FormatInt(size, 10) {
		return refuse("sent is %q, expected %q", header, expected+strconv.FormatInt(size, 10))
	}
	return nil
}

// source tells failures to read from failures to write.
type source struct {
	io.Reader
	err error
}

func (s *source) Read(data []byte) (int, error) {
	n, err := s.Reader.Read(data)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
