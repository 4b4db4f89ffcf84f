package desk

import (
	"strings"
	"time"
)

// IdentityKind is a way to know a contact.
type IdentityKind string

// The kinds of identity.
const (
	ByEmail    IdentityKind = "email"    // lower-case address
	ByPhone    IdentityKind = "phone"    // E.164 when it can be, else the digits as they came
	ByVisitor  IdentityKind = "visitor"  // a widget's random visitor id
	ByExternal IdentityKind = "external" // the firm's own customer number, proven by a signed identity
)

// Identity is one way a contact is known. (Kind, Value) belongs to at most one contact.
type Identity struct {
	Kind  IdentityKind
	Value string
}

// Contact is a customer: one person or firm, however they reach us.
type Contact struct {
	ID         ContactID
	Name       string
	Company    string
	Locale     string
	Tier       Tier
	Owner      AgentID
	Note       string
	Identities []Identity
	Version    int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Clean brings an identity to the one form it is stored in. Phone numbers are normalised at the edge, where the
// inbox's country is known.
func (i Identity) Clean() Identity {
	i.Value = strings.TrimSpace(i.Value)
	if i.Kind == ByEmail {
		i.Value = strings.ToLower(i.Value)
	}
	return i
}

// Has reports whether the contact is known by i.
func (c Contact) Has(i Identity) bool {
	for _, have := range c.Identities {
		if have == i {
			return true
		}
	}
	return false
}

// nameFor is the best name a new contact can be given: what the source says, else the identity itself. A name is one
// text, in the order its owner wrote it: nothing here takes it apart (UP-N5).
func nameFor(in Inbound) string {
	for _, n := range []string{in.ContactName, in.FromName} {
		if n = strings.TrimSpace(n); n != "" {
			return clip(n, maxName)
		}
	}
	if in.From.Kind == ByVisitor {
		return ""
	}
	return in.From.Value
}

// maxName bounds names that arrive from outside, in characters.
const maxName = 200

// clip cuts s to at most n characters.
func clip(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			return s[:i]
		}
		count++
	}
	return s
}
