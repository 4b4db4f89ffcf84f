package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"yingda/desk"
)

// line is one notice as it is told.
type line struct {
	notice  desk.MailNotice
	number  int64
	subject string
	link    string
	ended   bool // the promise was met or fell away since
	holder  string
}

// maxLines bounds a digest; the rest is counted.
const maxLines = 50

// lines looks at the conversations once more: what a person reads is how things stand now.
func (n *Notifier) lines(ctx context.Context, list []desk.MailNotice) ([]line, error) {
	var out []line
	for _, notice := range list {
		c, clocks, err := n.Records.Conversation(ctx, notice.Conversation)
		if desk.CodeOf(err) == desk.NotFound {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read what to tell: %w", err)
		}
		l := line{notice: notice, number: c.Number, subject: c.Subject, link: n.Link(c.ID), ended: true}
		for _, k := range clocks {
			if k.Target == notice.Target && !k.Ended() {
				l.ended = false
			}
		}
		if a, ok := n.Records.Directory().Agent(c.Assignee); ok {
			l.holder = a.Name
		}
		out = append(out, l)
	}
	return out, nil
}

// tongue is what notices say in one language.
type tongue struct {
	targets            map[desk.Target]string
	late, risk, settle string // of one line; %s the target
	due                string // %s the moment
	holder, nobody     string
	one, many, more    string // subjects, and the rest of a long list
	foot               string
	moment             string // layout
}

var tongues = map[string]tongue{
	"en": {
		targets: map[desk.Target]string{
			desk.Answer: "answer", desk.FirstResponse: "first response", desk.NextResponse: "next response",
			desk.Resolution: "resolution", desk.Callback: "callback",
		},
		late: "%s is late", risk: "%s is at risk (%d %% of the time are gone)", settle: "%s was late and is settled by now", due: "due %s",
		holder: "with %s", nobody: "with nobody", one: "#%d: %s", many: "%d promises need you", more: "… and %d more",
		foot:   "Say “I have it” in the console, and nobody else is told.",
		moment: "Mon 2 Jan 15:04 MST",
	},
	"zh": {
		targets: map[desk.Target]string{
			desk.Answer: "接听", desk.FirstResponse: "首次响应", desk.NextResponse: "后续响应", desk.Resolution: "解决", desk.Callback: "回拨",
		},
		late: "%s已超时", risk: "%s即将超时（已用去 %d%% 的时间）", settle: "%s曾超时，现已处理", due: "应于 %s 前完成",
		holder: "处理人：%s", nobody: "无人处理", one: "#%d：%s", many: "%d 项承诺需要您处理", more: "……另有 %d 项",
		foot:   "在工作台点“我来处理”后，系统不再上报。",
		moment: "2006-01-02 15:04 MST",
	},
}

// words are the subject and text of a mail; times are in the server's zone, which they name.
func words(locale string, lines []line, now time.Time) (subject, text string) {
	lang, _, _ := strings.Cut(strings.ToLower(locale), "-")
	t, ok := tongues[lang]
	if !ok {
		t = tongues["en"]
	}
	if len(lines) == 1 {
		subject = fmt.Sprintf(t.one, lines[0].number, t.state(lines[0]))
	} else {
		subject = fmt.Sprintf(t.many, len(lines))
	}
	var b strings.Builder
	for i, l := range lines {
		if i == maxLines {
			fmt.Fprintf(&b, t.more+"\n\n", len(lines)-maxLines)
			break
		}
		fmt.Fprintf(&b, t.one+"\n", l.number, t.state(l))
		if l.subject != "" {
			b.WriteString(oneLine(l.subject) + "\n")
		}
		fmt.Fprintf(&b, t.due, l.notice.DueAt.In(now.Location()).Format(t.moment))
		if l.holder == "" {
			b.WriteString(" · " + t.nobody + "\n")
		} else {
			fmt.Fprintf(&b, " · "+t.holder+"\n", l.holder)
		}
		b.WriteString(l.link + "\n\n")
	}
	return subject, b.String() + t.foot + "\n"
}

func (t tongue) state(l line) string {
	target := t.targets[l.notice.Target]
	switch {
	case l.ended:
		return fmt.Sprintf(t.settle, target)
	case l.notice.Level >= desk.BreachLevel:
		return fmt.Sprintf(t.late, target)
	}
	return fmt.Sprintf(t.risk, target, l.notice.Level)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
