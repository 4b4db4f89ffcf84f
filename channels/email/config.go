package email

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"yingda/desk"
)

// TLSMode is how a connection is made private.
type TLSMode string

// The modes. None is for a server on this very machine only.
const (
	TLSOn       TLSMode = "tls"
	TLSStart    TLSMode = "starttls"
	TLSLoopback TLSMode = "none"
)

// AuthMode is how we prove who we are.
type AuthMode string

// The modes.
const (
	AuthPassword AuthMode = "password"
	AuthXOAUTH2  AuthMode = "xoauth2"
	AuthNone     AuthMode = "none" // SMTP relays that trust our network
)

// AfterReceipt is what becomes of a mail on the server once it is in our record.
type AfterReceipt string

// The actions. Keep changes nothing there at all; the mailbox is then opened read-only. Nothing is ever expunged but the
// one mail that was copied elsewhere.
const (
	AfterKeep    AfterReceipt = "keep"
	AfterSeen    AfterReceipt = "seen"
	AfterKeyword AfterReceipt = "keyword"
	AfterMove    AfterReceipt = "move"
)

// ReceiveMode is how mail of an inbox gets to us.
type ReceiveMode string

// The modes. Pushed mail comes through the listener alone, and there is no mailbox to be read.
const (
	ReceiveIMAP ReceiveMode = "imap"
	ReceivePush ReceiveMode = "push"
)

// Server is one connection's settings.
type Server struct {
	Host     string   `json:"host"`
	Port     int      `json:"port"` // 0: the usual one of protocol and mode
	TLS      TLSMode  `json:"tls"`  // "": tls
	Auth     AuthMode `json:"auth"` // "": password
	Username string   `json:"username"`
	Secret   string   `json:"secret"` // name of the password or refresh token in [Secrets]; never the secret itself
	OAuth    *OAuth   `json:"oauth,omitempty"`
}

// OAuth is where access tokens come from.
type OAuth struct {
	Provider     string `json:"provider,omitempty"` // google or microsoft: fills in what is empty
	AuthURL      string `json:"auth_url,omitempty"` // where people sign in
	TokenURL     string `json:"token_url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"` // name in [Secrets]; "" for public clients
	Scope        string `json:"scope"`
}

// Settings is the channel document of a mail inbox.
type Settings struct {
	Receive   ReceiveMode  `json:"receive,omitempty"` // "": imap
	IMAP      Server       `json:"imap"`
	SMTP      Server       `json:"smtp"`
	Mailboxes []string     `json:"mailboxes" nullable:"false"` // empty: INBOX
	Sent      string       `json:"sent,omitempty"`             // folder of what was sent; "": found by itself; "none": not watched
	Since     *time.Time   `json:"since,omitempty"`            // take history from here; none: see History
	History   int          `json:"history_days,omitempty"`     // take history so many days back from the first connecting; 0: none
	Poll      int          `json:"poll_s"`                     // seconds between polls beside IDLE; 0: 120; 10 to 480
	After     AfterReceipt `json:"after"`                      // "": keep
	Keyword   string       `json:"keyword,omitempty"`          // of after: keyword; "": Yingda
	MoveTo    string       `json:"move_to,omitempty"`
	Brake     int          `json:"sender_per_hour,omitempty"` // new conversations of one sender an hour that queue; 0: 50; -1: any

	FromName  string   `json:"from_name"`
	Aliases   []string `json:"aliases" nullable:"false"` // further addresses of ours
	Signature string   `json:"signature"`                // plain text under every answer
	NoToken   bool     `json:"no_reply_token"`           // the server knows no plus addresses: thread by headers alone
	TimeZone  string   `json:"time_zone,omitempty"`      // of the inbox; "": Asia/Shanghai
	Rate      Rate     `json:"rate"`
	Letter    Letter   `json:"letter"`
	Ack       Ack      `json:"ack"`
	DKIM      DKIM     `json:"dkim"`

	SenderCheck SenderCheck `json:"sender_check"`

	MaxMail       int64 `json:"max_mail_bytes"`       // 0: 50 MB; a larger one becomes a marker
	MaxAttachment int64 `json:"max_attachment_bytes"` // 0: 25 MB
	MaxFiles      int   `json:"max_files"`            // 0: 40
}

// Bounds and defaults, in seconds and bytes.
const (
	defaultPoll    = 120
	minPoll        = 10
	maxPoll        = 480 // IDLE is renewed with each poll and must be inside 9 minutes (UP-E12)
	defaultMaxMail = 50 << 20
	defaultBrake   = 50
	maxHistory     = 3650 // days
	defaultKeyword = "Yingda"
	sentNone       = "none"
)

// LargestMail is the largest MaxMail may be, in bytes. A mail is held in memory while it is read.
const LargestMail = 64 << 20

// Secrets hands out passwords and tokens by name. Save is called with a rotated refresh token before it is used: a
// token that is used and lost locks the mailbox out (UP-E11).
type Secrets interface {
	Secret(ctx context.Context, name string) (string, error)
	SaveSecret(ctx context.Context, name, value string) error
}

// ParseSettings reads a channel document, fills defaults and validates. Errors: Invalid "inbox_channel_invalid" with
// the field's path and what is wrong.
func ParseSettings(doc json.RawMessage) (Settings, error) {
	var s Settings
	if len(doc) == 0 {
		return s, fieldError("imap.host", "required")
	}
	d := json.NewDecoder(strings.NewReader(string(doc)))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		e := fieldError("", "unreadable")
		e.Err = err
		return s, e
	}
	s.fill()
	return s, s.Validate()
}

func (s *Settings) fill() {
	if s.Receive == "" {
		s.Receive = ReceiveIMAP
	}
	s.IMAP.fill(993, 143)
	s.SMTP.fill(465, 587)
	if len(s.Mailboxes) == 0 {
		s.Mailboxes = []string{"INBOX"}
	}
	if s.Poll == 0 {
		s.Poll = defaultPoll
	}
	if s.After == "" {
		s.After = AfterKeep
	}
	if s.Keyword == "" {
		s.Keyword = defaultKeyword
	}
	if s.Brake == 0 {
		s.Brake = defaultBrake
	}
	if s.MaxMail == 0 {
		s.MaxMail = defaultMaxMail
	}
}

func (s *Server) fill(tlsPort, plainPort int) {
	if s.TLS == "" {
		s.TLS = TLSOn
	}
	if s.Auth == "" {
		s.Auth = AuthPassword
	}
	if s.Port == 0 && s.TLS == TLSOn {
		s.Port = tlsPort
	} else if s.Port == 0 {
		s.Port = plainPort
	}
}

// Validate says what is wrong, naming the field. Errors: Invalid "inbox_channel_invalid".
func (s *Settings) Validate() error {
	if s.Receive != ReceiveIMAP && s.Receive != ReceivePush {
		return fieldError("receive", "one of imap, push")
	}
	if s.Receive == ReceiveIMAP {
		if err := s.IMAP.validate("imap", false); err != nil {
			return err
		}
	}
	if err := s.SMTP.validate("smtp", true); err != nil {
		return err
	}
	if err := s.validateMailbox(); err != nil {
		return err
	}
	switch {
	case s.MaxMail < 1<<10 || s.MaxMail > LargestMail:
		return fieldError("max_mail_bytes", fmt.Sprintf("between 1024 and %d", LargestMail))
	case s.MaxAttachment < 0 || s.MaxFiles < 0:
		return fieldError("max_attachment_bytes", "not negative")
	}
	if err := s.validateSending(); err != nil {
		return err
	}
	return nil
}

// validateMailbox looks at how the mailbox is read.
func (s *Settings) validateMailbox() error {
	switch {
	case s.Poll < minPoll || s.Poll > maxPoll:
		return fieldError("poll_s", fmt.Sprintf("between %d and %d", minPoll, maxPoll))
	case s.After != AfterKeep && s.After != AfterSeen && s.After != AfterKeyword && s.After != AfterMove:
		return fieldError("after", "one of keep, seen, keyword, move")
	case s.After == AfterMove && s.MoveTo == "":
		return fieldError("move_to", "required")
	case s.After == AfterMove && slices.Contains(s.Mailboxes, s.MoveTo):
		return fieldError("move_to", "a folder that is not read")
	case !isAtom(s.Keyword):
		return fieldError("keyword", "letters, digits, $, - and _")
	case s.Brake < -1:
		return fieldError("sender_per_hour", "-1 or more")
	case s.History < 0 || s.History > maxHistory:
		return fieldError("history_days", fmt.Sprintf("between 0 and %d", maxHistory))
	case len(s.Mailboxes) > 20:
		return fieldError("mailboxes", "at most 20")
	case strings.ContainsFunc(s.Sent, isControl):
		return fieldError("sent", "a folder's name")
	}
	if err := s.validateSending(); err != nil {
		return err
	}
	for i, m := range s.Mailboxes {
		if strings.TrimSpace(m) == "" || strings.ContainsFunc(m, isControl) {
			return fieldError(fmt.Sprintf("mailboxes[%d]", i), "required")
		}
	}
	return nil
}

// isAtom reports whether s may be an IMAP keyword everywhere (RFC 9051 2.3.2).
func isAtom(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '$' && r != '-' && r != '_'
	})
}

// from is the moment from which history is taken from a mailbox that was connected at the given one; false: none is.
func (s *Settings) from(connected time.Time) (time.Time, bool) {
	switch {
	case s.Since != nil:
		return *s.Since, true
	case s.History > 0:
		return connected.Add(-time.Duration(s.History) * 24 * time.Hour), true
	}
	return time.Time{}, false
}

func (s *Server) validate(path string, mayTrust bool) error {
	switch {
	case strings.TrimSpace(s.Host) == "" || strings.ContainsAny(s.Host, " /@:") && net.ParseIP(s.Host) == nil:
		return fieldError(path+".host", "a host name")
	case s.Port < 1 || s.Port > 65535:
		return fieldError(path+".port", "between 1 and 65535")
	case s.TLS != TLSOn && s.TLS != TLSStart && s.TLS != TLSLoopback:
		return fieldError(path+".tls", "one of tls, starttls, none")
	case s.TLS == TLSLoopback && !loopback(s.Host):
		return fieldError(path+".tls", "none is for this machine only")
	case s.Auth == AuthNone && mayTrust:
		return nil
	case s.Auth != AuthPassword && s.Auth != AuthXOAUTH2:
		return fieldError(path+".auth", "one of password, xoauth2")
	case s.Username == "":
		return fieldError(path+".username", "required")
	case s.Secret == "":
		return fieldError(path+".secret", "required")
	case s.Auth == AuthXOAUTH2 && s.OAuth != nil:
		return s.OAuth.validate(path)
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func fieldError(field, allowed string) *desk.Error {
	return desk.Refuse(desk.Invalid, "inbox_channel_invalid", "field", field, "allowed", allowed)
}

func (s *Settings) limits() Limits { return Limits{Attachment: s.MaxAttachment, Files: s.MaxFiles} }

// OwnAddresses are the addresses of ours that an inbox of mail stands for: its own, its accounts' and its aliases.
func OwnAddresses(inbox desk.Inbox) []string {
	s, _ := ParseSettings(inbox.Channel) // an inbox that could not work is ours all the same
	return slices.DeleteFunc(s.own(inbox.Address), func(a string) bool { return a == "" })
}

// own lists the inbox's own addresses.
func (s *Settings) own(address string) []string {
	return append([]string{address, s.IMAP.Username, s.SMTP.Username}, s.Aliases...)
}

// CheckSetting looks at an inbox document before it is saved; it is a desk.SettingCheck.
func CheckSetting(_ context.Context, set desk.Setting) error {
	if set.Kind != desk.SettingInbox || set.Deleted {
		return nil
	}
	var inbox desk.Inbox
	if err := json.Unmarshal(set.Doc, &inbox); err != nil || inbox.Medium != desk.Email || !inbox.Enabled {
		return nil //nolint:nilerr // the document's own shape is the desk's to judge
	}
	_, err := ParseSettings(inbox.Channel)
	return err
}
