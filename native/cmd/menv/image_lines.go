package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// imageLines is the stdout of `menv image`. Any goroutine may write.
type imageLines struct {
	mutex   sync.Mutex
	encoder *json.Encoder
	shown   map[string]*shownProgress // of the whole, by stage, or of a layer
}

type shownProgress struct {
	stage string
	at    time.Time
	late  *time.Timer // shows what came too soon; nil if nothing did
}

func newImageLines(out io.Writer) *imageLines {
	return &imageLines{encoder: json.NewEncoder(out), shown: make(map[string]*shownProgress)}
}

// Readers redraw a line at best; more would only cost them time.
const progressInterval = 100 * time.Millisecond

type progressLine struct {
	Digest string `json:"digest,omitempty"` // of a layer
	Stage  string `json:"stage"`
	Done   int64  `json:"done"`
	Total  int64  `json:"total"`
}

// progress is of the whole: resolving, downloading, importing, pushing, saving.
func (l *imageLines) progress(stage string, done, total int64) {
	l.show("progress", "progress "+stage, progressLine{Stage: stage, Done: done, Total: total})
}

// layer is of one layer: waiting, downloading, exists, verifying, importing, pushing, retrying, done.
func (l *imageLines) layer(digest, stage string, done, total int64) {
	l.show("layer", digest, progressLine{Digest: digest, Stage: stage, Done: done, Total: total})
}

// show lets through what is new and what is last, and in between one line an interval: the newest,
// also when nothing follows it.
func (l *imageLines) show(key, what string, line progressLine) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	before := l.shown[what]
	if before == nil {
		before = &shownProgress{}
		l.shown[what] = before
	}
	if before.late != nil {
		before.late.Stop()
		before.late = nil
	}
	wait := progressInterval - time.Since(before.at)
	if line.Done == line.Total || before.stage != line.Stage || wait <= 0 {
		before.stage, before.at = line.Stage, time.Now()
		l.encode(map[string]any{key: line})
		return
	}
	var late *time.Timer
	late = time.AfterFunc(wait, func() {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		// A newer line may have taken its place while it waited for the mutex.
		if before.late == late {
			before.late, before.at = nil, time.Now()
			l.encode(map[string]any{key: line})
		}
	})
	before.late = late
}

func (l *imageLines) failure(err error) {
	named := failure.Of(err, failurev1.Code_CODE_STORE)
	l.answer("failure", struct {
		Code    string `json:"code"`
		Subject string `json:"subject"`
		Cause   string `json:"cause"`
	}{named.GetCode().String(), named.GetSubject(), named.GetCause()})
}

func (l *imageLines) answer(key string, value any) { l.answers(map[string]any{key: value}) }

func (l *imageLines) answers(values map[string]any) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.encode(values)
}

// encode cannot report that nobody listens; the exit status still tells.
func (l *imageLines) encode(values map[string]any) { _ = l.encoder.Encode(values) }
