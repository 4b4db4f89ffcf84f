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

// A language is a tag of RFC 5646's form and length; what it means is not asked.
func TestLanguageFits(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]bool{
		"zh": true, "en": true, "yue": true, "zh-CN": true, "zh-Hans-CN": true, "es-419": true, "de-u-co-phonebk": true, "ZH-cn": true,
		"sl-rozaj-biske-1994": true, "de-x-" + strings.Repeat("abcdefgh-", 2) + "abcdefgh": true,
		"": false, "z": false, "zh_CN": false, "zh-": false, "-zh": false, "zh--CN": false, "z1": false, "chinese": false, "中文": false,
		"zh CN": false, "zh-CN\n": false, "en-a": false, "en-abcdefghi": false, "de-x-" + strings.Repeat("abcdefgh-", 3) + "abcd": false,
		strings.Repeat("zh-", 4000) + "zh": false,
	} {
		if got := desk.LanguageFits(tag); got != want {
			t.Errorf("%.40q: got %v, want %v", tag, got, want)
		}
	}
}
