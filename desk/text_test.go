package desk_test

import (
	"strings"
	"testing"

	"yingda/desk"
)

// One answer for every place where somebody writes an address: a form, an agent's document, a mail's recipients, a ladder.
func TestAddressFits(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"kim@customer.example": true, "a..b.@docomo.example": true, "李@例子.example": true, "x@[192.0.2.1]": true, "a@x": true,
		"no-at-sign": false, "a@b@c": false, "@b": false, "a@": false, "a b@c.example": false, "a\u3000b@c.example": false, "": false,
		"<a@b>": false, "Ann <a@b>": false, "a@b,c@d": false, "a@b\r\nBcc: c@d": false, "a@b\x00": false, "a@b\xff": false,
		strings.Repeat("x", 248) + "@y.com": true, strings.Repeat("x", 249) + "@y.com": false,
	} {
		if got := desk.AddressFits(address); got != want {
			t.Errorf("%q: got %v, want %v", address, got, want)
		}
	}
}
