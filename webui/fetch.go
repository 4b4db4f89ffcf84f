package webui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yingda/internal/outward"
)

// fetcher gets pictures that a customer's mail points to, so that the sender learns neither who reads it nor from
// where, and cannot use us to reach what only we can reach (UP-X2).
type fetcher struct {
	client *http.Client
	busy   chan struct{}
}

// Bounds of one picture.
const (
	fetchTime   = 10 * time.Second
	fetchBytes  = 5 << 20
	fetchHops   = 3
	fetchAtOnce = 8
)

var (
	errNotAPicture = errors.New("not a picture")
	errTooLarge    = errors.New("over the limit")
)

// newFetcher makes one. hosts are those inside our own network that pictures may come from.
func newFetcher(hosts []string) *fetcher {
	guard := outward.New(hosts)
	client := &http.Client{
		Transport: guard.Transport(), Timeout: fetchTime, Jar: nil,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > fetchHops {
				return errors.New("too many redirects")
			}
			r.Header.Del("Referer") // net/http adds one
			return guard.Check(r.URL)
		},
	}
	return &fetcher{client: client, busy: make(chan struct{}, fetchAtOnce)}
}

// pictures are the types that are passed on. SVG is not among them: it is a program.
var pictures = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/bmp": true, "image/avif": true, "image/x-icon": true,
}

// picture fetches one picture whole. The type is what the bytes are, not what the other side calls them.
func (f *fetcher) picture(ctx context.Context, address string) (kind string, body []byte, err error) {
	select {
	case f.busy <- struct{}{}:
		defer func() { <-f.busy }()
	case <-ctx.Done():
		return "", nil, ctx.Err()
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", nil, outward.ErrForbidden
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", nil, outward.ErrForbidden
	}
	if err := f.client.CheckRedirect(req, nil); err != nil {
		return "", nil, err
	}
	req.Header.Set("User-Agent", "Mozilla/5.0 (compatible; image proxy)") // says nothing of the reader
	req.Header.Set("Accept", "image/avif,image/webp,image/png,image/jpeg,image/gif,image/bmp")
	res, err := f.client.Do(req)
	if err != nil {
		return "", nil, fmt.Errorf("fetch a picture: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // read only
	if res.StatusCode != http.StatusOK {
		return "", nil, fmt.Errorf("%w: status %d", errNotAPicture, res.StatusCode)
	}
	if res.ContentLength > fetchBytes {
		return "", nil, errTooLarge
	}
	body, err = io.ReadAll(io.LimitReader(res.Body, fetchBytes+1))
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("read a picture: %w", err)
	case len(body) > fetchBytes:
		return "", nil, errTooLarge
	}
	if kind = sniff(body); !pictures[kind] {
		return "", nil, errNotAPicture
	}
	return kind, body, nil
}

// sniff adds AVIF to what net/http knows.
func sniff(b []byte) string {
	if len(b) > 12 && string(b[4:8]) == "ftyp" && (string(b[8:12]) == "avif" || string(b[8:12]) == "avis") {
		return "image/avif"
	}
	kind, _, _ := strings.Cut(http.DetectContentType(b), ";")
	return kind
}
