package chat

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"yingda/channels"
	"yingda/desk"
)

// visitor is what a token says: who somebody is in one inbox. It is signed, not secret.
type visitor struct {
	Inbox    desk.InboxID `json:"i"`
	ID       string       `json:"v"`           // random, or made from External
	External string       `json:"x,omitempty"` // the firm's customer number, proven
	Name     string       `json:"n,omitempty"` // proven
	Email    string       `json:"m,omitempty"` // proven
	Refused  bool         `json:"u,omitempty"` // claimed to be somebody and could not prove it
	Expires  int64        `json:"e"`           // Unix seconds
}

// How long tokens live. A signed-in customer's ends with the page's own signature.
const (
	visitorLife  = 365 * 24 * time.Hour
	longestProof = 24 * time.Hour
)

// identity is how the desk knows the visitor.
func (v visitor) identity() desk.Identity {
	if v.External != "" {
		return desk.Identity{Kind: desk.ByExternal, Value: v.External}
	}
	return desk.Identity{Kind: desk.ByVisitor, Value: v.ID}
}

// Purposes keep a signature made for one thing from being used for another.
const (
	forVisitor = "visitor"
	forUpload  = "upload"
	forFile    = "file"
)

// sign seals payload for a purpose: base64url(payload).base64url(mac).
func (c *Chat) sign(purpose string, payload []byte) string {
	b64 := base64.RawURLEncoding
	return b64.EncodeToString(payload) + "." + b64.EncodeToString(c.mac(purpose, payload))
}

func (c *Chat) mac(purpose string, payload []byte) []byte {
	m := hmac.New(sha256.New, c.d.Config.Key)
	m.Write([]byte(purpose + "\n"))
	m.Write(payload)
	return m.Sum(nil)
}

// errToken is said of a token that is forged, torn, for another purpose, for another inbox or out of date.
var errToken = desk.Refuse(channels.Unsigned, "token_invalid")

func (c *Chat) unsign(purpose, token string, v any) error {
	left, right, ok := strings.Cut(token, ".")
	payload, err1 := base64.RawURLEncoding.DecodeString(left)
	mac, err2 := base64.RawURLEncoding.DecodeString(right)
	if !ok || err1 != nil || err2 != nil || !hmac.Equal(mac, c.mac(purpose, payload)) {
		return errToken
	}
	if err := json.Unmarshal(payload, v); err != nil {
		return errors.Join(errToken, err)
	}
	return nil
}

// visitorOf reads a visitor's token for an inbox.
func (c *Chat) visitorOf(k counter, token string) (visitor, error) {
	var v visitor
	if err := c.unsign(forVisitor, token, &v); err != nil {
		return visitor{}, err
	}
	if v.Inbox != k.inbox.ID || v.ID == "" || c.d.Now().Unix() >= v.Expires {
		return visitor{}, errToken
	}
	return v, nil
}

func (c *Chat) tokenOf(v visitor) string {
	raw, _ := json.Marshal(v) // strings and numbers: cannot fail
	return c.sign(forVisitor, raw)
}

func newVisitorID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process rather than give weak bytes
	return hex.EncodeToString(b[:])
}

// Proof is a customer's identity as the firm's page states it. Signature is
// hex(HMAC-SHA256(secret, SignedText(ID, Name, Email, Expires))).
type Proof struct {
	ID        string `json:"id"`
	Name      string `json:"name,omitempty"`
	Email     string `json:"email,omitempty"`
	Expires   int64  `json:"expires"` // Unix seconds, at most a day ahead
	Signature string `json:"signature"`
}

// SignedText is what a firm signs: version, customer number, name, address and expiry, a line each. Empty name and
// address stay empty lines.
func (p Proof) SignedText() string {
	return strings.Join([]string{"v1", p.ID, p.Name, p.Email, strconv.FormatInt(p.Expires, 10)}, "\n")
}

// Sign fills in the signature; firms do this on their own server.
func (p Proof) Sign(secret string) Proof {
	p.Signature = hex.EncodeToString(proofMAC(secret, p))
	return p
}

func proofMAC(secret string, p Proof) []byte {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(p.SignedText()))
	return m.Sum(nil)
}

// prove says who a proof shows the visitor to be, or why it does not: identity_unknown (no secret is set),
// identity_incomplete, identity_expired, identity_too_long, identity_forged.
func (c *Chat) prove(ctx context.Context, k counter, p Proof) (visitor, error) {
	refuse := func(reason string) (visitor, error) { return visitor{}, desk.Refuse(channels.Unsigned, reason) }
	if p.ID == "" || p.Signature == "" || strings.ContainsAny(p.ID+p.Name+p.Email, "\n\r") {
		return refuse("identity_incomplete")
	}
	secret, err := c.secret(ctx, k)
	if err != nil {
		return visitor{}, err
	}
	if secret == "" {
		return refuse("identity_unknown")
	}
	mac, err := hex.DecodeString(p.Signature)
	if err != nil || !hmac.Equal(mac, proofMAC(secret, p)) {
		return refuse("identity_forged")
	}
	left := time.Unix(p.Expires, 0).Sub(c.d.Now())
	if left <= 0 {
		return refuse("identity_expired")
	}
	if left > longestProof {
		return refuse("identity_too_long")
	}
	if len(p.ID) > 200 || len(p.Name) > 400 || len(p.Email) > 320 {
		return refuse("identity_incomplete")
	}
	if !desk.AddressFits(p.Email) {
		p.Email = ""
	}
	sum := sha256.Sum256([]byte(string(k.inbox.ID) + "\n" + p.ID))
	return visitor{Inbox: k.inbox.ID, ID: "x" + hex.EncodeToString(sum[:16]), External: p.ID, Name: p.Name, Email: p.Email, Expires: p.Expires}, nil
}

func (c *Chat) secret(ctx context.Context, k counter) (string, error) {
	if c.d.Secrets == nil {
		return "", nil
	}
	s, err := c.d.Secrets.Secret(ctx, k.inbox.ID, IdentitySecret)
	if errors.Is(err, desk.ErrNotFound) {
		return "", nil
	}
	return s, err
}
