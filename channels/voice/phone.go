package voice

import (
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"yingda/desk"
)

// withheld are the words and keypad spellings exchanges say when the caller hides the number; +266696687 is ANONYMOUS.
var withheld = map[string]bool{
	"": true, "anonymous": true, "restricted": true, "private": true, "unknown": true, "unavailable": true, "blocked": true, "withheld": true,
	"+266696687": true, "+7378742833": true, "+2562533": true, "+8656696": true,
}

// branch is an inner number written behind a number, as Chinese cards have it: 0755/8888 1234-601, 转601, 分机601.
var branch = regexp.MustCompile(`(?i)\s*(?:-|转|分机|ext\.?|x|#)\s*\d{1,6}\s*$`)

// Phone is the identity of a number as it came in on a call, read as dialled in country (ISO 3166, "CN"): E.164 without
// branch when it is a real number, else its digits. Service numbers such as 95588 and 10086 are no E.164 numbers and
// stay as they are. Who hides their number is known by this call alone, so that they match nobody (UP-V3).
func Phone(raw, country, callID string) desk.Identity {
	s := strings.TrimSpace(clip(raw))
	if withheld[strings.ToLower(s)] {
		return desk.Identity{Kind: desk.ByVisitor, Value: "call:" + callID}
	}
	whole := branch.ReplaceAllString(s, "")
	for i, try := range []string{s, whole} { // as it came first: 415-867-5309 has no branch
		if i == 1 && try == s {
			break // a service number, read once: reading is most of a webhook's time
		}
		n, err := phonenumbers.Parse(try, first(country, "CN"))
		if err == nil && phonenumbers.IsValidNumber(n) {
			return desk.Identity{Kind: desk.ByPhone, Value: phonenumbers.Format(n, phonenumbers.E164)}
		}
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	return desk.Identity{Kind: desk.ByPhone, Value: first(digits, strings.ToLower(s))}
}
