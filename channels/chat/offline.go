package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"yingda/desk"
)

// offlineForm is what somebody leaves when nobody is there. ClientID makes sending it twice harmless.
type offlineForm struct {
	ClientID string `json:"client_id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Text     string `json:"text"`
	Lang     string `json:"lang,omitempty"`
	Website  string `json:"website,omitempty"`
}

// offline answers POST /widget/v1/{key}/offline: the form becomes a conversation of the named mail inbox, whose answer
// goes out as a mail (UP-W5).
func (c *Chat) offline(w http.ResponseWriter, r *http.Request) {
	done(w, http.StatusCreated, c.leaveWord(w, r))
}

func (c *Chat) leaveWord(w http.ResponseWriter, r *http.Request) error {
	k, err := c.enter(r)
	if err != nil {
		return err
	}
	to, ok := c.d.Directory.Inbox(k.set.Offline)
	if !ok || to.Medium != desk.Email {
		return desk.Refuse(desk.Conflict, "offline_form_off")
	}
	var f offlineForm
	if err := body(w, r, maxFrame, &f); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	if !c.forms.allow(c.d.ClientIP(r), c.d.Now()) {
		return desk.Refuse(desk.TooMany, "too_many_forms")
	}
	if f.Website != "" { // a field people do not see: a machine filled it in, and is told nothing
		return nil
	}
	_, err = c.d.Desk.Receive(r.Context(), f.inbound(to, c.d.Now()))
	return err
}

func (f *offlineForm) check() error {
	f.Name, f.Email = strings.TrimSpace(f.Name), strings.TrimSpace(f.Email)
	switch {
	case f.ClientID == "" || len(f.ClientID) > maxID || !printable(f.ClientID):
		return desk.Refuse(desk.Invalid, "client_id_invalid")
	case !desk.AddressFits(f.Email):
		return desk.Refuse(desk.Invalid, "email_invalid")
	case blank(f.Text):
		return desk.Refuse(desk.Invalid, "text_empty")
	case utf8.RuneCountInString(f.Text) > maxText:
		return desk.Refuse(desk.TooLarge, "text_too_long", "max", itoa(maxText))
	case utf8.RuneCountInString(f.Name) > maxName || strings.ContainsAny(f.Name, "\r\n"):
		return desk.Refuse(desk.Invalid, "name_invalid")
	}
	return nil
}

// inbound is the form as a mail nobody has proven to be from its sender.
func (f *offlineForm) inbound(to desk.Inbox, now time.Time) desk.Inbound {
	from := desk.Address{Name: f.Name, Address: f.Email}
	return desk.Inbound{
		Inbox: to.ID, Medium: desk.Email, External: f.external(),
		At: now.UTC().Truncate(time.Millisecond), From: desk.Identity{Kind: desk.ByEmail, Value: f.Email}, FromName: f.Name, Locale: locale(f.Lang),
		Message: desk.Message{
			Subject: subjectOf(f.Text), Body: desk.Body{Text: f.Text}, From: from, To: []desk.Address{{Address: to.Address}}, Unverified: true,
		},
	}
}

// external is the form's own id: the same form sent twice is one. It outlives an erasure, so the address is not in it.
func (f *offlineForm) external() string {
	sum := sha256.Sum256([]byte(strings.ToLower(f.Email)))
	return "form:" + hex.EncodeToString(sum[:12]) + ":" + f.ClientID
}

// subjectOf is the first line of a text, cut at a length people read.
func subjectOf(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = strings.TrimSpace(line)
	if runes := []rune(line); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return line
}
