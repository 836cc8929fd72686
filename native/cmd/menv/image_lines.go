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
	shown   map[string]shownProgress // stage or layer
}

type shownProgress struct {
	stage string
	at    time.Time
}

func newImageLines(out io.Writer) *imageLines {
	return &imageLines{encoder: json.NewEncoder(out), shown: make(map[string]shownProgress)}
}

// Readers redraw a line at best; more would only cost them time.
const progressInterval = 100 * time.Millisecond

type progressLine struct {
	Digest string `json:"digest,omitempty"` // of a layer
	Stage  string `json:"stage"`
	Done   int64  `json:"done"`
	Total  int64  `json:"total"`
}

// progress is of the whole: resolving, downloading, importing, pushing.
func (l *imageLines) progress(stage string, done, total int64) {
	if l.due("progress "+stage, stage, done == total) {
		l.answer("progress", progressLine{Stage: stage, Done: done, Total: total})
	}
}

// layer is of one layer: waiting, downloading, exists, verifying, importing, pushing, retrying, done.
func (l *imageLines) layer(digest, stage string, done, total int64) {
	if l.due(digest, stage, done == total) {
		l.answer("layer", progressLine{Digest: digest, Stage: stage, Done: done, Total: total})
	}
}

// due lets through what is new and what is last, and in between one line an interval.
func (l *imageLines) due(what, stage string, last bool) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	before, now := l.shown[what], time.Now()
	if !last && before.stage == stage && now.Sub(before.at) < progressInterval {
		return false
	}
	l.shown[what] = shownProgress{stage: stage, at: now}
	return true
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

// answers cannot report that nobody listens; the exit status still tells.
func (l *imageLines) answers(values map[string]any) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	_ = l.encoder.Encode(values)
}
