package email

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"yingda/desk"
)

// maxThread bounds the ids one mail may name; the newest are the likely ones.
const maxThread = 50

// threadOf lists whom a mail answers: In-Reply-To first, then References from the last (DESIGN 2.5). Empty and broken
// ids are no ids: comparing them as equal once merged strangers (UP-E5).
func threadOf(h header) (thread, references []string) {
	replies := ids(h.get("in-reply-to"))
	references = ids(strings.Join(h.all("references"), " "))
	seen := map[string]bool{}
	add := func(id string) {
		if !seen[id] && len(thread) < maxThread {
			seen[id] = true
			thread = append(thread, id)
		}
	}
	for _, id := range replies {
		add(id)
	}
	for i := len(references) - 1; i >= 0; i-- {
		add(references[i])
	}
	if len(references) > maxThread {
		references = references[len(references)-maxThread:]
	}
	return thread, references
}

// ids finds every <id> in a header value. Outlook writes words between them.
func ids(v string) []string {
	var out []string
	for {
		i := strings.IndexByte(v, '<')
		if i < 0 {
			break
		}
		v = v[i+1:]
		j := strings.IndexByte(v, '>')
		if j < 0 {
			break
		}
		if id := cleanID(v[:j]); id != "" {
			out = append(out, id)
		}
		v = v[j+1:]
	}
	if len(out) == 0 {
		for _, f := range strings.Fields(v) {
			if id := cleanID(f); id != "" && strings.Contains(id, "@") {
				out = append(out, id)
			}
		}
	}
	return out
}

// bareID is a Message-ID without <>, or "".
func bareID(v string) string {
	if list := ids(v); len(list) > 0 {
		return list[0]
	}
	return ""
}

func cleanID(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), "")
	s = strings.Trim(s, "<>")
	if len(s) < 3 || len(s) > 500 || strings.ContainsFunc(s, isControl) {
		return ""
	}
	return s
}

// Tokens signs conversation ids into reply addresses, so that an answer finds its conversation whatever its headers
// lost on the way, and nobody can name a conversation they were not written from.
type Tokens struct{ key []byte }

// NewTokens returns a signer. The key must stay the same for as long as customers may answer.
func NewTokens(key []byte) *Tokens { return &Tokens{key: key} }

var tokenText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const (
	tokenMAC    = 10 // bytes of HMAC-SHA256: 80 bits against guessing through a mailbox
	tokenPrefix = "r-"
)

// Address is base with the token of c as its plus part: support+r-<token>@example.com. Local parts may be at most 64
// bytes long (RFC 5321 4.5.3.1.1); where it does not fit, base is returned as it is and headers must do.
func (t *Tokens) Address(base string, c desk.ConversationID) string {
	if t == nil || len(t.key) == 0 {
		return base
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(string(c), "-", ""))
	local, domain, ok := strings.Cut(base, "@")
	if err != nil || len(raw) != 16 || !ok {
		return base
	}
	token := tokenPrefix + tokenText.EncodeToString(append(raw, t.mac(raw, plain(base))...))
	if len(local)+1+len(token) > 64 {
		return base
	}
	return local + "+" + token + "@" + domain
}

func (t *Tokens) mac(raw []byte, base string) []byte {
	m := hmac.New(sha256.New, t.key)
	m.Write([]byte("reply\x00" + base + "\x00"))
	m.Write(raw)
	return m.Sum(nil)[:tokenMAC]
}

// Conversation reads the token of an address, "" when there is none or it is not ours. Case does not count: some
// programs fold local parts.
func (t *Tokens) Conversation(address string) desk.ConversationID {
	if t == nil || len(t.key) == 0 {
		return ""
	}
	address = strings.ToLower(strings.TrimSpace(address))
	local, _, ok := strings.Cut(address, "@")
	_, token, plus := strings.Cut(local, "+")
	token, ours := strings.CutPrefix(token, tokenPrefix)
	if !ok || !plus || !ours {
		return ""
	}
	b, err := tokenText.DecodeString(token)
	if err != nil || len(b) != 16+tokenMAC || !hmac.Equal(b[16:], t.mac(b[:16], plain(address))) {
		return ""
	}
	x := hex.EncodeToString(b[:16])
	return desk.ConversationID(x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:])
}
