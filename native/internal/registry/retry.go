package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// LimitedError is a registry that wants no more requests for longer than anybody waits.
type LimitedError struct{ After time.Duration }

func (e *LimitedError) Error() string {
	if e.After <= 0 {
		return "429 Too Many Requests"
	}
	return fmt.Sprintf("429 Too Many Requests, to be tried again after %v", e.After.Round(time.Second))
}

// How often something is tried, and how often when nothing is heard: each of those takes its time.
const (
	maxAttempts = 5
	maxSilences = 3
)

// persistent repeats requests that can be repeated, with back-off.
type persistent struct {
	timing Timing
	inner  http.RoundTripper
}

func (p *persistent) RoundTrip(request *http.Request) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		response, err := p.inner.RoundTrip(request)
		again := err != nil && repeatable(request) && temporary(err, attempt) || err == nil && busy(request, response)
		if !again {
			return response, err
		}
		wait := p.timing.backoff(attempt)
		if err == nil {
			after := retryAfter(response.Header.Get("Retry-After"), time.Now())
			if attempt == maxAttempts || after > p.timing.RetryAfter {
				return given(response, after)
			}
			wait = max(wait, after)
			response.Body.Close()
		}
		noticeOf(request.Context())()
		if err := sleep(request.Context(), wait); err != nil {
			return nil, err
		}
		if request, err = rewound(request); err != nil {
			return nil, err
		}
	}
}

// given is what is left of a registry that stays busy.
func given(response *http.Response, after time.Duration) (*http.Response, error) {
	if response.StatusCode != http.StatusTooManyRequests {
		return response, nil
	}
	response.Body.Close()
	return nil, &LimitedError{After: after}
}

// busy answers were not acted upon, so any request may be repeated that can be sent again; after
// other failures of the server only those that change nothing.
func busy(request *http.Request, response *http.Response) bool {
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return request.Body == nil || request.Body == http.NoBody || request.GetBody != nil
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusRequestTimeout:
		return repeatable(request)
	}
	return false
}

func repeatable(request *http.Request) bool {
	return request.Method == http.MethodGet || request.Method == http.MethodHead
}

// temporary tells failures that may pass from those that will not.
func temporary(err error, attempt int) bool {
	if _, ok := errors.AsType[*RefusedError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*plainError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*LimitedError](err); ok {
		return false
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, http.ErrSchemeMismatch) || untrusted(err) {
		return false
	}
	if missing, ok := errors.AsType[*net.DNSError](err); ok && missing.IsNotFound {
		return false
	}
	operation, ok := errors.AsType[*net.OpError](err)
	if _, silent := errors.AsType[*TimeoutError](err); silent || ok && operation.Op == "dial" {
		return attempt < maxSilences
	}
	return attempt < maxAttempts
}

// untrusted tells failures of TLS itself.
func untrusted(err error) bool {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	return certificate || authority || record || alert
}

func (t Timing) backoff(attempt int) time.Duration {
	delay := t.Backoff << (attempt - 1)
	return delay/2 + rand.N(delay) // apart from others that failed at the same moment
}

// retryAfter reads a number of seconds or a date; what is neither counts as none.
func retryAfter(header string, now time.Time) time.Duration {
	const longest = 365 * 24 * time.Hour
	if seconds, err := strconv.ParseInt(header, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(longest/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return min(max(date.Sub(now), 0), longest)
	}
	return 0
}

func rewound(request *http.Request) (*http.Request, error) {
	if request.GetBody == nil {
		return request, nil
	}
	body, err := request.GetBody()
	if err != nil {
		return nil, err
	}
	again := request.Clone(request.Context())
	again.Body = body
	return again, nil
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type noticeKey struct{}

// withNotice has a function called before every repetition.
func withNotice(ctx context.Context, notice func()) context.Context {
	return context.WithValue(ctx, noticeKey{}, notice)
}

func noticeOf(ctx context.Context) func() {
	if notice, ok := ctx.Value(noticeKey{}).(func()); ok {
		return notice
	}
	return func() {}
}
