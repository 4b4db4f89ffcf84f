package voice

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's scheme is HMAC-SHA1; nothing else is signed with it
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
)

// SignatureHeader carries the signature of a generic webhook: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.body">.
const SignatureHeader = "Yingda-Signature"

// window is how far a signed moment may be from ours: longer, and a stolen request could be played again.
const window = 5 * time.Minute

// Sign is the value of [SignatureHeader] for a body at a moment.
func Sign(secret string, body []byte, at time.Time) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(generic(secret, stamp, body))
}

func generic(secret, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

var (
	errSignature = desk.Refuse(desk.Forbidden, "bad_signature")
	errStale     = desk.Refuse(desk.Forbidden, "stale_timestamp")
)

// verify checks a generic signature. The time counts only once the signature is proven. Errors: Forbidden
// "bad_signature", "stale_timestamp".
func verify(secret, header string, body []byte, now time.Time) error {
	var stamp string
	var given [][]byte
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			stamp = value
		case "v1":
			if raw, err := hex.DecodeString(value); err == nil {
				given = append(given, raw)
			}
		}
	}
	want := generic(secret, stamp, body)
	if secret == "" || !slices.ContainsFunc(given, func(g []byte) bool { return hmac.Equal(g, want) }) {
		return errSignature
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return errSignature
	}
	if d := now.Sub(time.Unix(seconds, 0)); d > window || d < -window {
		return errStale
	}
	return nil
}

// verifyTwilio checks X-Twilio-Signature over the address Twilio called and the form, or the body's hash for JSON
// (www.twilio.com/docs/usage/security). Twilio signs with or without the default port, so both are tried.
func verifyTwilio(token, header, address string, form url.Values, body []byte) error {
	given, err := base64.StdEncoding.DecodeString(header)
	if err != nil || token == "" {
		return errSignature
	}
	u, err := url.Parse(address)
	if err != nil {
		return errSignature
	}
	if sum := u.Query().Get("bodySHA256"); sum != "" {
		have := sha256.Sum256(body)
		if !hmac.Equal([]byte(strings.ToLower(sum)), []byte(hex.EncodeToString(have[:]))) {
			return errSignature
		}
	}
	for _, candidate := range spellings(*u) {
		if hmac.Equal(given, twilio(token, candidate, form)) {
			return nil
		}
	}
	return errSignature
}

func twilio(token, address string, form url.Values) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, key := range sortedKeys(form) {
		values := slices.Clone(form[key])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			mac.Write([]byte(key + v))
		}
	}
	return mac.Sum(nil)
}

func sortedKeys(form url.Values) []string {
	keys := make([]string, 0, len(form))
	for k := range form {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// spellings are the address as it is, with its port removed or made explicit, and each without some escapes.
func spellings(u url.URL) []string {
	out := []string{u.String()}
	other := u
	if u.Port() != "" {
		other.Host = u.Hostname()
	} else if u.Scheme == "https" {
		other.Host = u.Host + ":443"
	} else {
		other.Host = u.Host + ":80"
	}
	out = append(out, other.String())
	for _, address := range out[:2] {
		out = append(out, unescaped.Replace(address))
	}
	return out
}

// unescaped spells the characters that some URL writers leave as they are.
var unescaped = strings.NewReplacer("%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%2a", "*", "%21", "!")
