package voice

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"yingda/desk"
)

// Phone is the identity of a number as it came in, read as dialled in country (ISO 3166, "CN"): E.164 when it is a
// real number, else its digits. Service numbers such as 95588 and 10086 are no E.164 numbers and stay as they are; so do
// names of withheld callers.
func Phone(raw, country string) desk.Identity {
	n, err := phonenumbers.Parse(raw, first(country, "CN"))
	if err == nil && phonenumbers.IsValidNumber(n) {
		return desk.Identity{Kind: desk.ByPhone, Value: phonenumbers.Format(n, phonenumbers.E164)}
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, raw)
	if digits == "" {
		digits = strings.ToLower(strings.TrimSpace(clip(raw)))
	}
	return desk.Identity{Kind: desk.ByPhone, Value: first(digits, "withheld")}
}
