package outward

import (
	"errors"
	"net/netip"
	"net/url"
	"testing"
)

// UP-X2: every way to name an address that is not on the public internet.
func TestOnlyPublicAddresses(t *testing.T) {
	t.Parallel()
	for _, a := range []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
		"192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.7", "203.0.113.9",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.1.2.3", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254",
		"ff02::1", "fec0::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:db8::1", "2001::1",
	} {
		if public(netip.MustParseAddr(a)) {
			t.Errorf("%s is taken for public", a)
		}
		if err := dialable(netip.AddrPortFrom(netip.MustParseAddr(a), 80).String()); !errors.Is(err, ErrForbidden) {
			t.Errorf("dial %s: got %v, want it refused", a, err)
		}
	}
	for _, a := range []string{"93.184.216.34", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"} {
		if !public(netip.MustParseAddr(a)) {
			t.Errorf("%s is refused", a)
		}
	}
	for _, u := range []string{
		"ftp://x.test/a", "file:///etc/passwd", "gopher://x.test/", "http://x.test:22/", "http://user:pw@x.test/", "http:///a", "//x.test/a", "javascript:alert(1)",
		"http://[::1]:6379/",
	} {
		parsed, err := url.Parse(u)
		if err != nil {
			continue
		}
		if New(nil).Check(parsed) == nil {
			t.Errorf("%s is taken", u)
		}
	}
}
