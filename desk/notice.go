package desk

import (
	"fmt"
	"time"
)

// MailNotice is one line a person of ours is to be told by mail: a step of a ladder that names them, or an alert whose
// rule does. It holds nothing of what a customer said; how things stand is looked at when it is sent.
type MailNotice struct {
	ID           string // fact and address
	Address      string // lower case
	Agent        AgentID
	Conversation ConversationID
	Target       Target
	Level        int
	DueAt        time.Time
	Alert        AlertID   // of an alert instead of a promise
	At           time.Time // from when on it may go out
}

// NoticeTurn is an address with notices that wait.
type NoticeTurn struct {
	Address string
	Agent   AgentID
	Oldest  time.Time
	LastAt  time.Time // when it last got a mail, or was last tried
	Failed  int       // tries in vain since the last success
}

// NoticeWish is how an agent wishes to be told. From and To are on the wall of Zone, "HH:MM"; outside of them mails
// wait and come as one. Both empty is any hour. The console tells at any hour.
type NoticeWish struct {
	NoMail bool   `json:"no_mail" doc:"tell me on the console only"`
	Zone   string `json:"zone" doc:"IANA name; empty: the server's"`
	From   string `json:"from" doc:"HH:MM; mails come from then on"`
	To     string `json:"to" doc:"HH:MM; and until then, on the next day when it is not later than from"`
}

// Validate refuses with Invalid "notice_hours_invalid" (field).
func (w NoticeWish) Validate() error {
	bad := func(field string) error { return Refuse(Invalid, "notice_hours_invalid", "field", field) }
	if _, err := time.LoadLocation(w.Zone); err != nil {
		return bad("zone")
	}
	if w.From == "" && w.To == "" {
		return nil
	}
	if _, err := minuteOf(w.From); err != nil {
		return bad("from")
	}
	if _, err := minuteOf(w.To); err != nil {
		return bad("to")
	}
	return nil
}

func minuteOf(s string) (int, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day: %w", s, err)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// Open reports whether mails may come at a moment. What cannot be read keeps nothing back.
func (w NoticeWish) Open(at time.Time) bool {
	from, err1 := minuteOf(w.From)
	to, err2 := minuteOf(w.To)
	zone, err3 := time.LoadLocation(w.Zone)
	if err1 != nil || err2 != nil || err3 != nil || from == to {
		return true
	}
	if w.Zone == "" {
		zone = time.Local
	}
	l := at.In(zone)
	m := l.Hour()*60 + l.Minute()
	if from < to {
		return from <= m && m < to
	}
	return m >= from || m < to
}
