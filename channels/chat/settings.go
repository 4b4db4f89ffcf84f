package chat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"yingda/channels"
	"yingda/desk"
)

// Settings is the channel document of a chat inbox. The inbox's Address is the widget key that stands in the page.
type Settings struct {
	Title    map[string]string `json:"title,omitempty"`          // by language, "zh" and "en": who answers here; "": the inbox's name
	Greeting map[string]string `json:"greeting,omitempty"`       // the first words, shown and never stored
	Colour   string            `json:"colour,omitempty"`         // of the launcher, #rrggbb; "": ink
	Origins  []string          `json:"origins" nullable:"false"` // the only pages that may carry the widget ("https://shop.example"); empty: any
	Calendar string            `json:"calendar,omitempty"`       // sla calendar of the opening hours; "": always open
	Offline  desk.InboxID      `json:"offline_inbox,omitempty"`  // mail inbox that takes what is written out of hours
	Callback desk.InboxID      `json:"callback_inbox,omitempty"` // phone inbox that takes the numbers of those who ask to be called
	Within   int               `json:"reply_within_h"`           // what the out-of-hours form promises; 0: 24
	NoFiles  bool              `json:"no_files"`
}

var colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// CheckSetting looks at a chat inbox's document before it is saved. Errors: Invalid "field_invalid" naming the field.
func CheckSetting(_ context.Context, set desk.Setting) error {
	var inbox desk.Inbox
	if err := json.Unmarshal(set.Doc, &inbox); err != nil || inbox.Medium != desk.Chat || set.Deleted {
		return nil // desk and other rooms judge those
	}
	if inbox.Address == "" || url.PathEscape(inbox.Address) != inbox.Address {
		return wrong("address", "a widget key of letters, digits and -")
	}
	if len(inbox.Channel) == 0 {
		return nil
	}
	var s Settings
	d := json.NewDecoder(bytes.NewReader(inbox.Channel))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return wrong("channel", "a chat inbox's settings: "+err.Error())
	}
	if s.Colour != "" && !colour.MatchString(s.Colour) {
		return wrong("channel.colour", "#rrggbb")
	}
	for _, o := range s.Origins {
		if !isOrigin(o) {
			return wrong("channel.origins", "https://host or http://host, without a path")
		}
	}
	if s.Within < 0 || s.Within > 24*14 {
		return wrong("channel.reply_within_h", "0 to 336")
	}
	return nil
}

func isOrigin(o string) bool {
	u, err := url.Parse(o)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Scheme+"://"+u.Host == o
}

func wrong(field, allowed string) *desk.Error {
	return desk.Refuse(desk.Invalid, "field_invalid", "field", field, "allowed", allowed)
}

// counter is one chat inbox as this room sees it.
type counter struct {
	inbox desk.Inbox
	set   Settings
}

// errNoWidget is said for a key that is not there, is switched off or is not a widget's: the same on purpose.
var errNoWidget = desk.Refuse(desk.NotFound, "widget_unknown")

// counter finds the inbox of a widget key.
func (c *Chat) counter(key string) (counter, error) {
	for _, in := range c.d.Directory.Inboxes() {
		if in.Medium != desk.Chat || !in.Enabled || in.Address != key || key == "" {
			continue
		}
		k := counter{inbox: in}
		if len(in.Channel) > 0 {
			if err := json.Unmarshal(in.Channel, &k.set); err != nil {
				return counter{}, errors.Join(errNoWidget, err)
			}
		}
		return k, nil
	}
	return counter{}, errNoWidget
}

// limits are the bounds the widget keeps by itself, so that people learn of them before they send.
type limits struct {
	Text    int   `json:"text"` // characters
	File    int64 `json:"file"` // bytes
	Files   int   `json:"files"`
	Burst   int   `json:"burst"` // messages in ten seconds
	NoFiles bool  `json:"no_files,omitempty"`
}

// publicSettings is what anybody may know about a widget.
type publicSettings struct {
	V        int               `json:"v"`
	Title    map[string]string `json:"title"`
	Greeting map[string]string `json:"greeting"`
	Colour   string            `json:"colour,omitempty"`
	Open     bool              `json:"open"`
	Changes  *time.Time        `json:"changes,omitempty"`
	Offline  bool              `json:"offline"` // the form is there, and waiting visitors may ask for a mail
	CallMe   bool              `json:"call_me"` // waiting visitors may ask for a call
	Within   int               `json:"reply_within_h"`
	Limits   limits            `json:"limits"`
}

func (c *Chat) publicSettings(k counter) publicSettings {
	open, changes := c.hours(k)
	p := publicSettings{
		V: frameVersion, Title: k.set.Title, Greeting: k.set.Greeting, Colour: k.set.Colour, Open: open,
		Offline: k.set.Offline != "", CallMe: k.set.Callback != "" && c.d.Phone != nil, Within: k.set.Within,
		Limits: limits{Text: maxText, File: c.d.Config.MaxFile, Files: maxFiles, Burst: burst, NoFiles: k.set.NoFiles},
	}
	if p.Title == nil {
		p.Title = map[string]string{"en": k.inbox.Name, "zh": k.inbox.Name}
	}
	if p.Greeting == nil {
		p.Greeting = map[string]string{}
	}
	if p.Within == 0 {
		p.Within = 24
	}
	if !changes.IsZero() {
		changes = changes.UTC()
		p.Changes = &changes
	}
	return p
}

func (c *Chat) hours(k counter) (bool, time.Time) {
	if c.d.Hours == nil || k.set.Calendar == "" {
		return true, time.Time{}
	}
	return c.d.Hours.Open(k.set.Calendar, c.d.Now())
}

// settings answers GET /widget/v1/{key}/settings. The ETag lets a page that asks often be told "as before" in few bytes.
func (c *Chat) settings(w http.ResponseWriter, r *http.Request) {
	k, err := c.counter(r.PathValue("key"))
	if err != nil {
		channels.WriteProblem(w, err)
		return
	}
	raw, err := json.Marshal(c.publicSettings(k))
	if err != nil {
		channels.WriteProblem(w, err)
		return
	}
	sum := sha256.Sum256(raw)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("Etag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	if slices.Contains(strings.FieldsFunc(r.Header.Get("If-None-Match"), func(r rune) bool { return r == ',' || r == ' ' }), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(raw)
}

// enter finds the counter a request came to, from a page that may use it; foreign pages are counted.
func (c *Chat) enter(r *http.Request) (counter, error) {
	k, err := c.counter(r.PathValue("key"))
	if err != nil {
		return k, err
	}
	if err := c.sameSite(k, r); err != nil {
		c.m.refused.WithLabelValues("origin").Inc()
		return k, err
	}
	return k, nil
}

// done answers a wish that was granted, or says why not.
func done(w http.ResponseWriter, status int, err error) {
	if err != nil {
		channels.WriteProblem(w, err)
		return
	}
	channels.WriteJSON(w, status, struct {
		OK bool `json:"ok"`
	}{true})
}

// sameSite refuses requests that another site's page makes with a visitor's browser. A request without Origin comes
// from no page at all and gains nothing by lying.
func (c *Chat) sameSite(k counter, r *http.Request) error {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(k.set.Origins, origin) {
		return nil
	}
	u, err := url.Parse(origin)
	if err == nil && u.Host != "" {
		if c.public != "" && origin == c.public || c.public == "" && strings.EqualFold(u.Host, r.Host) {
			return nil
		}
	}
	return desk.Refuse(desk.Forbidden, "origin_foreign")
}

// body reads a JSON document of at most max bytes into v; unknown fields are refused.
func body(w http.ResponseWriter, r *http.Request, max int64, v any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, max))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil && d.Decode(&struct{}{}) != io.EOF {
		err = errors.New("more than one document")
	}
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return desk.Refuse(desk.TooLarge, "body_too_large")
	case err != nil:
		return &desk.Error{Code: desk.Invalid, Reason: "body_invalid", Params: map[string]string{"cause": err.Error()}, Err: err}
	}
	return nil
}
