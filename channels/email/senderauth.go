package email

import (
	"bytes"
	"context"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-msgauth/dmarc"
	"golang.org/x/net/publicsuffix"

	"yingda/desk"
)

// SenderCheck is how an inbox learns whether a mail comes from where it says (UP-X5).
type SenderCheck struct {
	// AuthservID is the name the inbox's own server signs its Authentication-Results with (RFC 8601 2.5); those of
	// anybody else are a stranger's words. "": the topmost is believed when it accuses, and never when it vouches.
	AuthservID string `json:"authserv_id,omitempty"`
	// DKIM verifies signatures here, by DNS, where no server of ours has spoken.
	DKIM bool `json:"dkim,omitempty"`
}

const (
	// checkTime bounds all look-ups for one mail: without an answer there is no verdict, and the mail goes on.
	checkTime = 5 * time.Second
	// maxSignatures bounds what one mail makes us verify.
	maxSignatures = 5
)

// lookupTXT asks the DNS.
type lookupTXT func(ctx context.Context, name string) ([]string, error)

// verdict says what is known of a sender: verified, failed or "" when nobody can tell; detail is for people.
type verdict struct{ state, detail string }

// prove fills in what is known of the sender. A server's word goes before our own look, since it saw the connection.
func (c SenderCheck) prove(ctx context.Context, raw []byte, m *desk.Message, ask lookupTXT) {
	v := verdict{}
	if c.AuthservID != "" {
		v = c.ofOurServer(raw)
	}
	if v.state == "" && c.DKIM {
		ctx, cancel := context.WithTimeout(ctx, checkTime)
		defer cancel()
		v = ofSignatures(ctx, raw, m.From.Address, ask)
	}
	switch {
	case v.state != "":
		m.Unverified = v.state == desk.SenderFailed
	case c.AuthservID != "":
		m.Unverified = false // whoever wrote the header that accused was not our server
	case m.Unverified:
		v.state = desk.SenderFailed
	}
	m.SenderState, m.SenderDetail = v.state, clip(v.detail, 300)
}

// ofOurServer reads the results our own server wrote.
func (c SenderCheck) ofOurServer(raw []byte) verdict {
	h, _ := splitHeader(raw[:min(len(raw), headBytes)])
	for _, value := range h.all("authentication-results") {
		id, _, _ := strings.Cut(value, ";")
		id, _, _ = strings.Cut(strings.TrimSpace(id), " ") // a version may stand behind it
		if !strings.EqualFold(id, c.AuthservID) {
			continue
		}
		found := map[string]string{}
		var words []string
		for _, r := range results.FindAllStringSubmatch(value, -1) {
			method, result := strings.ToLower(r[1]), strings.ToLower(r[2])
			if found[method] != "pass" {
				found[method] = result
			}
			words = append(words, method+"="+result)
		}
		return verdict{stateOf(found), strings.Join(words, " ")}
	}
	return verdict{}
}

// stateOf weighs results: DMARC has the last word, since it alone binds the others to the From a person sees.
func stateOf(found map[string]string) string {
	switch found["dmarc"] {
	case "pass", "bestguesspass":
		return desk.SenderVerified
	case "fail":
		return desk.SenderFailed
	}
	bad := func(v string) bool { return v == "fail" || v == "softfail" || v == "permerror" }
	switch {
	case found["dkim"] == "pass" || found["spf"] == "pass":
		return "" // somebody is who they say; whether it is the person in From nobody checked
	case bad(found["dkim"]) || bad(found["spf"]):
		return desk.SenderFailed
	}
	return ""
}

// ofSignatures verifies DKIM and asks for the domain's DMARC policy (RFC 7489). A good signature of the From's own
// domain proves it. A domain that asks for failures to be refused, signs, and has no good signature here, was not the
// sender. Everything else proves nothing: we did not see the connection, so SPF is not ours to judge.
func ofSignatures(ctx context.Context, raw []byte, from string, ask lookupTXT) verdict {
	_, domain, ok := strings.Cut(strings.ToLower(from), "@")
	if !ok {
		return verdict{}
	}
	lookup := func(name string) ([]string, error) { return ask(ctx, name) }
	found, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: lookup, MaxVerifications: maxSignatures})
	if err != nil && len(found) == 0 {
		return verdict{}
	}
	broken := ""
	for _, v := range found {
		if !aligned(v.Domain, domain) {
			continue
		}
		switch {
		case v.Err == nil:
			return verdict{desk.SenderVerified, "dkim=pass " + v.Domain}
		case !dkim.IsTempFail(v.Err):
			broken = "dkim=fail " + v.Domain + " (" + v.Err.Error() + ")"
		}
	}
	if broken == "" {
		return verdict{}
	}
	record, err := dmarc.LookupWithOptions(domain, &dmarc.LookupOptions{LookupTXT: lookup})
	if err != nil && organisation(domain) != domain {
		record, err = dmarc.LookupWithOptions(organisation(domain), &dmarc.LookupOptions{LookupTXT: lookup})
	}
	if err != nil || record.Policy == dmarc.PolicyNone {
		return verdict{}
	}
	return verdict{desk.SenderFailed, broken + " dmarc=" + string(record.Policy)}
}

// aligned reports whether a signing domain stands for a From domain: the same organisation's (RFC 7489 3.1, relaxed).
func aligned(signing, from string) bool {
	signing = strings.ToLower(signing)
	return signing == from || organisation(signing) == organisation(from)
}

func organisation(domain string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

// resolver is the real DNS.
func resolver(ctx context.Context, name string) ([]string, error) {
	return net.DefaultResolver.LookupTXT(ctx, name) //nolint:wrapcheck // the caller only counts it
}
