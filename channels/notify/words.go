package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"yingda/desk"
	"yingda/internal/words"
)

// line is one notice as it is told: of a conversation's promise, or of an alert.
type line struct {
	notice  desk.MailNotice
	alert   *desk.Alert
	number  int64
	subject string
	link    string
	ended   bool // the promise was met or fell away since, the alert was cleared
	holder  string
}

// maxLines bounds a digest; the rest is counted.
const maxLines = 50

// lines looks at what the notices are about once more: what a person reads is how things stand now.
func (n *Notifier) lines(ctx context.Context, list []desk.MailNotice) ([]line, error) {
	var out []line
	for _, notice := range list {
		look := n.promise
		if notice.Alert != "" {
			look = n.alert
		}
		l, err := look(ctx, notice)
		if desk.CodeOf(err) == desk.NotFound {
			continue // erased, or swept away
		}
		if err != nil {
			return nil, fmt.Errorf("read what to tell: %w", err)
		}
		out = append(out, l)
	}
	return out, nil
}

func (n *Notifier) promise(ctx context.Context, notice desk.MailNotice) (line, error) {
	c, clocks, err := n.Records.Conversation(ctx, notice.Conversation)
	l := line{notice: notice, number: c.Number, subject: c.Subject, link: n.Link(c.ID), holder: n.nameOf(c.Assignee), ended: true}
	for _, k := range clocks {
		if k.Target == notice.Target && !k.Ended() {
			l.ended = false
		}
	}
	return l, err
}

func (n *Notifier) alert(ctx context.Context, notice desk.MailNotice) (line, error) {
	a, err := n.Records.AlertByID(ctx, notice.Alert)
	l := line{notice: notice, alert: &a, link: n.Alerts, ended: !a.Open(), holder: n.nameOf(a.Acknowledged)}
	l.subject = string(a.Queue) + string(a.Inbox)
	if q, ok := n.Records.Directory().Queue(a.Queue); ok {
		l.subject = q.Name
	} else if i, ok := n.Records.Directory().Inbox(a.Inbox); ok {
		l.subject = i.Name
	}
	return l, err
}

func (n *Notifier) nameOf(id desk.AgentID) string {
	a, _ := n.Records.Directory().Agent(id)
	return a.Name
}

// told are the subject and text of a mail; times are in the server's zone, which they name.
func told(locale string, lines []line, now time.Time) (subject, text string) {
	t := words.Of(locale)
	switch {
	case len(lines) == 1:
		subject = lines[0].head(t)
	case slices.ContainsFunc(lines, func(l line) bool { return l.alert != nil }):
		subject = t.Say("notice.matters", len(lines))
	default:
		subject = t.Say("notice.many", len(lines))
	}
	var b strings.Builder
	for i, l := range lines {
		if i == maxLines {
			b.WriteString(t.Say("notice.more", len(lines)-maxLines) + "\n\n")
			break
		}
		b.WriteString(l.head(t) + "\n" + l.body(t, now.Location()) + l.link + "\n\n")
	}
	if slices.ContainsFunc(lines, func(l line) bool { return l.alert == nil }) { // an alert is told at once, and never passed up
		b.WriteString(t.Say("notice.foot") + "\n")
	}
	return subject, b.String()
}

// head is the first line of a notice: what is the matter.
func (l *line) head(t words.Tongue) string {
	if l.alert == nil {
		return t.Say("notice.one", l.number, l.state(t))
	}
	head := t.Say("measure."+string(l.alert.Measure), oneLine(l.subject), l.alert.Value, l.alert.Raise)
	if l.ended {
		return t.Say("notice.over", head)
	}
	return head
}

// body is what more there is to say of it: the subject or rule, since or by when, and who has it.
func (l *line) body(t words.Tongue, zone *time.Location) string {
	name, when, moment := l.subject, "notice.due", l.notice.DueAt
	if l.alert != nil {
		name, when, moment = l.alert.Name, "notice.raised", l.alert.RaisedAt
	}
	if name != "" {
		name = oneLine(name) + "\n"
	}
	holder := t.Say("notice.nobody")
	if l.holder != "" {
		holder = t.Say("notice.holder", l.holder)
	}
	return name + t.Say(when, moment.In(zone).Format(t.Say("moment"))) + " · " + holder + "\n"
}

func (l *line) state(t words.Tongue) string {
	target := t.Word("target", string(l.notice.Target))
	switch {
	case l.ended:
		return t.Say("notice.settled", target)
	case l.notice.Level >= desk.BreachLevel:
		return t.Say("notice.late", target)
	}
	return t.Say("notice.risk", target, l.notice.Level)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
