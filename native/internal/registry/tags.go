package registry

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Bounds of a listing.
const (
	MaxTags    = 10_000
	maxPages   = 100
	maxTagPage = 4 << 20
	tagsAtOnce = 1000
)

var tagGrammar = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

// Tags lists the repository's tags; complete says whether these are all.
func (r *Repository) Tags(ctx context.Context) (tags []string, complete bool, err error) {
	err = r.each(ctx, func(s *session) error {
		tags, complete, err = s.tags(ctx)
		return err
	})
	return tags, complete, r.name(err)
}

func (s *session) tags(ctx context.Context) ([]string, bool, error) {
	found := []string{}
	query := url.Values{"n": {strconv.Itoa(tagsAtOnce)}}
	for range maxPages {
		page, next, err := s.tagPage(ctx, query)
		if err != nil {
			return nil, false, err
		}
		for _, tag := range page {
			if !tagGrammar.MatchString(tag) {
				return nil, false, refuse("%q is listed as a tag", tag)
			}
			if len(found) == MaxTags {
				return found, false, nil
			}
			found = append(found, tag)
		}
		if next == nil {
			return found, true, nil
		}
		query = next
	}
	return found, false, nil
}

func (s *session) tagPage(ctx context.Context, query url.Values) (tags []string, next url.Values, err error) {
	var link string
	raw, err := s.whole(ctx, func() (*http.Response, error) {
		response, err := s.ask(ctx, http.MethodGet, "tags/list", query, http.Header{})
		if err == nil {
			link = response.Header.Get("Link")
		}
		return response, err
	}, maxTagPage)
	if err != nil {
		return nil, nil, err
	}
	var page struct {
		Tags []string `json:"tags"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return nil, nil, refuse("list of tags: %v", err)
	}
	next, err = nextPage(link)
	return page.Tags, next, err
}

// nextPage reads a Link header. Of the URL only the query counts: where the list is, is known.
func nextPage(link string) (url.Values, error) {
	if link == "" {
		return nil, nil
	}
	target, _, found := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	parsed, err := url.Parse(target)
	if !found || err != nil {
		return nil, refuse("link to the next page: %q", link)
	}
	return parsed.Query(), nil
}
