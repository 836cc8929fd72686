package registry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// name gives a failure the name that the catalogue of messages knows.
func (r *Repository) name(err error) error {
	return nameFailure(err, r.wanted.Domain, r.wanted.String())
}

func nameFailure(err error, registry, image string) error {
	if err == nil || errors.Is(err, context.Canceled) || local(err) {
		return err
	}
	code, subject := classify(err)
	if code == failurev1.Code_CODE_REGISTRY_UNAVAILABLE && onlyPlain(err) {
		code, subject, err = failurev1.Code_CODE_REGISTRY_REFUSED, aboutImage, &plainError{host: registry}
	}
	if subject == aboutImage {
		return failure.New(code, image, err)
	}
	if image != registry {
		err = fmt.Errorf("%s: %w", image, err)
	}
	return failure.New(code, registry, err)
}

// onlyPlain tells a server that answers TLS in plain http, where http has not been tried.
func onlyPlain(err error) bool {
	_, answered := errors.AsType[*transport.Error](err)
	return errors.Is(err, http.ErrSchemeMismatch) && !answered
}

type about int

const (
	aboutRegistry about = iota
	aboutImage
)

func classify(err error) (failurev1.Code, about) {
	if untrusted(err) { // also where plain http was answered then
		return failurev1.Code_CODE_REGISTRY_UNAVAILABLE, aboutRegistry
	}
	if answer, ok := errors.AsType[*transport.Error](err); ok {
		if answer.StatusCode == http.StatusNotFound && answer.Request != nil && answer.Request.URL.Path == "/v2/" {
			return failurev1.Code_CODE_REGISTRY_UNAVAILABLE, aboutRegistry // a server, but not of images
		}
		return classifyStatus(answer.StatusCode)
	}
	if _, ok := errors.AsType[*LimitedError](err); ok {
		return failurev1.Code_CODE_REGISTRY_RATE_LIMITED, aboutRegistry
	}
	if timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err); ok && timeout.Timeout() {
		return failurev1.Code_CODE_REGISTRY_TIMEOUT, aboutRegistry
	}
	_, lost := errors.AsType[*net.OpError](err)
	_, interrupted := errors.AsType[*interruptedError](err)
	if lost || interrupted {
		return failurev1.Code_CODE_REGISTRY_UNAVAILABLE, aboutRegistry
	}
	_, refused := errors.AsType[*RefusedError](err)
	_, plain := errors.AsType[*plainError](err)
	if refused || plain {
		return failurev1.Code_CODE_REGISTRY_REFUSED, aboutImage
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return failurev1.Code_CODE_REGISTRY_UNAVAILABLE, aboutRegistry
	}
	return failurev1.Code_CODE_REGISTRY_REFUSED, aboutImage
}

func classifyStatus(status int) (failurev1.Code, about) {
	switch {
	case status == http.StatusUnauthorized:
		return failurev1.Code_CODE_REGISTRY_UNAUTHORIZED, aboutRegistry
	case status == http.StatusForbidden:
		return failurev1.Code_CODE_REGISTRY_FORBIDDEN, aboutImage
	case status == http.StatusNotFound:
		return failurev1.Code_CODE_REGISTRY_UNKNOWN, aboutImage
	case status == http.StatusTooManyRequests:
		return failurev1.Code_CODE_REGISTRY_RATE_LIMITED, aboutRegistry
	case status >= http.StatusInternalServerError || status == http.StatusRequestTimeout:
		return failurev1.Code_CODE_REGISTRY_UNAVAILABLE, aboutRegistry
	}
	return failurev1.Code_CODE_REGISTRY_REFUSED, aboutImage
}

// local tells failures of this machine, which no other registry would help against.
func local(err error) bool {
	_, named := errors.AsType[*failure.Error](err)
	return named
}

// concealed leaves out what URLs carry besides their path: storage servers put access rights there.
func concealed(err error) error {
	failed, ok := errors.AsType[*url.Error](err)
	if !ok || failed.Error() != err.Error() { // one of several must not stand for all of them
		return err
	}
	shown := *failed
	if parsed, err := url.Parse(failed.URL); err == nil {
		parsed.RawQuery, parsed.User, parsed.Fragment = "", nil, ""
		shown.URL = parsed.String()
	}
	return &shown
}
