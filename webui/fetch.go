package webui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
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
	errForbiddenHost = errors.New("the address is not a public one")
	errNotAPicture   = errors.New("not a picture")
	errTooLarge      = errors.New("over the limit")
)

// newFetcher makes one. hosts are those inside our own network that pictures may come from.
func newFetcher(hosts []string) *fetcher {
	trusted := func(host string) bool {
		name, _, err := net.SplitHostPort(host)
		return slices.Contains(hosts, strings.ToLower(host)) || err == nil && slices.Contains(hosts, strings.ToLower(name))
	}
	// Control sees every address that is about to be dialled: after DNS, whatever it answered this time, and after each
	// redirect. A check of the name alone is a race with its owner's DNS.
	guarded := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error { return dialable(address) }}
	open := &net.Dialer{Timeout: 5 * time.Second}
	transport := &http.Transport{
		Proxy: nil, DisableKeepAlives: true, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 5 * time.Second,
		MaxResponseHeaderBytes: 32 << 10,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if trusted(address) {
				return open.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
		},
	}
	client := &http.Client{
		Transport: transport, Timeout: fetchTime, Jar: nil,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > fetchHops {
				return errors.New("too many redirects")
			}
			r.Header.Del("Referer") // net/http adds one
			return fetchable(r.URL, trusted(hostPort(r.URL)))
		},
	}
	return &fetcher{client: client, busy: make(chan struct{}, fetchAtOnce)}
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// fetchable refuses what is no ordinary web address: other schemes, other ports, names and passwords in it.
func fetchable(u *url.URL, trusted bool) error {
	_, port, err := net.SplitHostPort(hostPort(u))
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.User != nil, err != nil:
		return errForbiddenHost
	case port != "80" && port != "443" && !trusted:
		return errForbiddenHost
	}
	return nil
}

// closed are networks beside those netip knows that lead to ourselves, to our neighbours, or nowhere (RFC 6890).
var closed = func() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"240.0.0.0/4", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// carriers are IPv6 networks whose addresses carry an IPv4 address, and where in them it lies.
var carriers = map[netip.Prefix]int{
	netip.MustParsePrefix("64:ff9b::/96"): 12, // NAT64
	netip.MustParsePrefix("2002::/16"):    2,  // 6to4
}

// dialable refuses an address to dial that is not on the public internet.
func dialable(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errForbiddenHost
	}
	if !isPublic(at.Addr()) {
		return fmt.Errorf("%w: %s", errForbiddenHost, at.Addr())
	}
	return nil
}

func isPublic(a netip.Addr) bool {
	a = a.WithZone("").Unmap() // ::ffff:127.0.0.1 is 127.0.0.1
	if !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsPrivate() || a.IsMulticast() || a.IsLinkLocalUnicast() || a.IsInterfaceLocalMulticast() {
		return false
	}
	for net, from := range carriers {
		if net.Contains(a) {
			b := a.As16()
			return isPublic(netip.AddrFrom4([4]byte(b[from : from+4])))
		}
	}
	return !slices.ContainsFunc(closed, func(p netip.Prefix) bool { return p.Contains(a) })
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
		return "", nil, errForbiddenHost
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", nil, errForbiddenHost
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
