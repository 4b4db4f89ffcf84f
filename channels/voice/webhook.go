package voice

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yingda/desk"
)

// maxBody bounds a webhook's body, in bytes; real ones have 1 or 2 KB.
const maxBody = 64 << 10

// ringWait is how long the answer to a ringing call waits for the router: callers hear silence meanwhile.
const ringWait = 1500 * time.Millisecond

// SecretName is the inbox's secret that signs its webhooks: the shared key, or Twilio's auth token.
const SecretName = "webhook"

// Intake takes call events into the record; *desk.Service does.
type Intake interface {
	Call(ctx context.Context, e desk.CallEvent) (desk.Received, error)
	Receive(ctx context.Context, in desk.Inbound) (desk.Received, error)
	Continue(ctx context.Context, actor desk.Actor, from, into desk.ConversationID) error
}

// Secrets hands out an inbox's secrets by name.
type Secrets interface {
	Secret(ctx context.Context, inbox desk.InboxID, name string) (string, error)
}

// Deps is what a [Voice] is made of; all are needed.
type Deps struct {
	Intake    Intake
	Secrets   Secrets
	Directory func() desk.Directory
	Records   Records
	Now       func() time.Time
	PublicURL string // scheme and host as the exchange sees them, for Twilio's signature
	Log       *slog.Logger
}

// Settings is the channel document of a phone inbox.
type Settings struct {
	Provider string `json:"provider"` // generic (default) or twilio
	Country  string `json:"country"`  // ISO 3166 code that numbers without + are read in; "": CN
	Dial     string `json:"dial"`     // Twilio: what to ring, sip:{extension}@pbx.example.com
	// MaxCall is after how many minutes an answered call whose hang-up never came is taken for over; 0: 240.
	MaxCall int `json:"max_call_min,omitempty"`
	// Mail is the mail inbox that answers callers who asked to be answered by mail; "": none does.
	Mail desk.InboxID `json:"mail,omitempty"`
}

// longestCall is the most [Settings].MaxCall may be: a day.
const longestCall = 24 * 60

// ParseSettings reads a channel document. Errors: Invalid "inbox_channel_invalid" with the field and what is wrong.
func ParseSettings(doc json.RawMessage) (Settings, error) {
	var s Settings
	if len(doc) == 0 {
		return Settings{Provider: "generic"}, nil
	}
	dec := json.NewDecoder(strings.NewReader(string(doc)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return s, desk.Refuse(desk.Invalid, "inbox_channel_invalid", "field", "", "rule", "unreadable")
	}
	s.Provider = first(s.Provider, "generic")
	if s.Provider != "generic" && s.Provider != "twilio" {
		return s, desk.Refuse(desk.Invalid, "inbox_channel_invalid", "field", "provider", "rule", "generic or twilio")
	}
	if s.Country != "" && len(s.Country) != 2 {
		return s, desk.Refuse(desk.Invalid, "inbox_channel_invalid", "field", "country", "rule", "two letters")
	}
	if s.MaxCall < 0 || s.MaxCall > longestCall {
		return s, desk.Refuse(desk.Invalid, "inbox_channel_invalid", "field", "max_call_min", "rule", "0 to 1440")
	}
	return s, nil
}

// CheckSetting is the desk.SettingCheck of phone inboxes' channel documents.
func CheckSetting(_ context.Context, set desk.Setting) error {
	var inbox desk.Inbox
	if err := json.Unmarshal(set.Doc, &inbox); err != nil || inbox.Medium != desk.Voice || set.Deleted {
		return nil //nolint:nilerr // the document's own form is somebody else's to judge
	}
	_, err := ParseSettings(inbox.Channel)
	return err
}

// Voice is the phone room: one handler for the webhooks of all phone inboxes.
type Voice struct {
	Deps

	rings   rings
	silence silence
	memo    memo
	health  health
}

// New makes a Voice. [Voice.Run] must run for calls whose hang-up never comes to end.
func New(d Deps) *Voice { return &Voice{Deps: d} }

// Handler serves POST /hooks/voice/{inbox}.
func (v *Voice) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hooks/voice/{inbox}", v.serve)
	return mux
}

// call is one webhook as it is understood.
type call struct {
	inbox    desk.Inbox
	settings Settings
	event    desk.CallEvent
	email    string // where a caller wants to be answered instead
	news     bool   // false: nothing to record
}

func (v *Voice) serve(w http.ResponseWriter, r *http.Request) {
	c, err := v.read(w, r)
	if inbox, ok := v.Directory().Inbox(desk.InboxID(r.PathValue("inbox"))); ok {
		v.health.hear(inbox.ID, err == nil, v.Now())
	}
	if err != nil {
		v.refuse(w, err)
		return
	}
	if !c.news {
		v.answer(w, r, c, desk.Received{}, turn{})
		return
	}
	var to desk.Inbox
	if c.email != "" {
		if to, err = v.mailFor(c); err != nil {
			v.refuse(w, err)
			return
		}
	}
	got, err := v.Intake.Call(r.Context(), c.event)
	if err == nil && c.email != "" {
		err = v.byMail(r.Context(), c, to, got.Conversation)
	}
	if err != nil {
		v.refuse(w, err)
		return
	}
	var t turn
	if c.event.Type == desk.CallRings && c.event.Direction != desk.Out && got.Conversation != "" {
		t = v.turn(r.Context(), got.Conversation, c.event.CallID, delivery(r))
	}
	v.answer(w, r, c, got, t)
}

// delivery tells one webhook from the next, and is the same when it is sent again because no answer came.
func delivery(r *http.Request) string {
	return first(r.Header.Get("I-Twilio-Idempotency-Token"), first(r.Header.Get(SignatureHeader), r.Header.Get("X-Twilio-Signature")))
}

// read proves the sender and understands the body.
func (v *Voice) read(w http.ResponseWriter, r *http.Request) (call, error) {
	inbox, ok := v.Directory().Inbox(desk.InboxID(r.PathValue("inbox")))
	if !ok || inbox.Medium != desk.Voice || !inbox.Enabled {
		return call{}, desk.Refuse(desk.NotFound, "inbox_unknown")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return call{}, desk.Refuse(desk.TooLarge, "body_too_large", "max", "65536")
	}
	if err != nil {
		return call{}, desk.Refuse(desk.Invalid, "body_unreadable")
	}
	settings, err := ParseSettings(inbox.Channel)
	if err != nil {
		return call{}, err
	}
	secret, err := v.memo.secret(r.Context(), v.Secrets, inbox.ID, v.Now())
	if err != nil && !errors.Is(err, desk.ErrNotFound) {
		return call{}, err
	}
	c := call{inbox: inbox, settings: settings, news: true}
	if settings.Provider == "twilio" {
		err = v.twilio(&c, r, secret, body)
	} else {
		err = v.generic(&c, r, secret, body)
	}
	c.event.Inbox = inbox.ID
	customer := c.event.From
	if c.event.Direction == desk.Out {
		customer = c.event.To
	}
	c.event.Phone = v.memo.phone(customer, settings.Country, c.event.CallID)
	return c, err
}

func (v *Voice) generic(c *call, r *http.Request, secret string, body []byte) error {
	if err := verify(secret, r.Header.Get(SignatureHeader), body, v.Now()); err != nil {
		return err
	}
	var err error
	if c.event, c.email, err = readGeneric(body); err != nil {
		return err
	}
	if now := v.Now(); c.event.At.After(now.Add(window)) || c.event.At.Before(now.Add(-oldest)) {
		return field("at", "from 30 days ago to 5 minutes ahead")
	}
	return nil
}

// oldest is how late an exchange may tell of a call: further back, or ahead, the moment is a mistake that would sort
// the call before or after everything for ever.
const oldest = 30 * 24 * time.Hour

func (v *Voice) twilio(c *call, r *http.Request, secret string, body []byte) error {
	var form url.Values
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		parsed, err := url.ParseQuery(string(body))
		if err != nil {
			return desk.Refuse(desk.Invalid, "body_unreadable")
		}
		form = parsed
	}
	address := strings.TrimSuffix(v.PublicURL, "/") + r.URL.RequestURI()
	if err := verifyTwilio(secret, r.Header.Get("X-Twilio-Signature"), address, form, body); err != nil {
		return err
	}
	var err error
	c.event, c.news, err = readTwilio(form, r.URL.Query(), v.Now().UTC())
	return err
}
