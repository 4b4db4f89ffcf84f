package outward

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrForbidden is the answer for an address that is not to be reached.
var ErrForbidden = errors.New("the address is not a public one")

// Guard lets requests out.
type Guard struct{ hosts []string }

// New makes a guard. hosts are those inside our own network that may be reached, as name or name:port, lower case.
func New(hosts []string) Guard { return Guard{hosts: hosts} }

// Trusted reports whether the operator named the host of an address (name:port).
func (g Guard) Trusted(host string) bool {
	name, _, err := net.SplitHostPort(host)
	return slices.Contains(g.hosts, strings.ToLower(host)) || err == nil && slices.Contains(g.hosts, strings.ToLower(name))
}

// Transport dials through the guard. It keeps no connections, asks no proxy and waits 5 s for each step.
func (g Guard) Transport() *http.Transport {
	// Control sees every address that is about to be dialled: after DNS, whatever it answered this time, and after each
	// redirect. A check of the name alone is a race with its owner's DNS.
	guarded := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error { return dialable(address) }}
	open := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		Proxy: nil, DisableKeepAlives: true, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 5 * time.Second,
		MaxResponseHeaderBytes: 32 << 10,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if g.Trusted(address) {
				return open.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
		},
	}
}

// Check refuses with [ErrForbidden] what is no ordinary web address: other schemes, other ports, names and passwords in
// it. A trusted host may use any port.
func (g Guard) Check(u *url.URL) error {
	at := hostPort(u)
	_, port, err := net.SplitHostPort(at)
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.User != nil, err != nil:
		return ErrForbidden
	case port != "80" && port != "443" && !g.Trusted(at):
		return ErrForbidden
	}
	return nil
}

// Named reports whether the host of a URL is trusted.
func (g Guard) Named(u *url.URL) bool { return g.Trusted(hostPort(u)) }

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
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
		return ErrForbidden
	}
	if !public(at.Addr()) {
		return fmt.Errorf("%w: %s", ErrForbidden, at.Addr())
	}
	return nil
}

func public(a netip.Addr) bool {
	a = a.WithZone("").Unmap() // ::ffff:127.0.0.1 is 127.0.0.1
	if !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsPrivate() || a.IsMulticast() || a.IsLinkLocalUnicast() || a.IsInterfaceLocalMulticast() {
		return false
	}
	for net, from := range carriers {
		if net.Contains(a) {
			b := a.As16()
			return public(netip.AddrFrom4([4]byte(b[from : from+4])))
		}
	}
	return !slices.ContainsFunc(closed, func(p netip.Prefix) bool { return p.Contains(a) })
}
