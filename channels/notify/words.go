package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"yingda/desk"
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

// tongue is what notices say in one language.
type tongue struct {
	targets            map[desk.Target]string
	late, risk, settle string // of one line; %s the target
	due                string // %s the moment
	holder, nobody     string
	one, many, more    string                  // subjects, and the rest of a long list
	matters            string                  // a subject where alerts are among them
	measures           map[desk.Measure]string // %[1]s what is looked at, %[2]d its number, %[3]d the rule's
	over, raised       string                  // an alert that was cleared; when it was raised
	foot               string
	moment             string // layout
}

var tongues = map[string]tongue{
	"en": {
		targets: map[desk.Target]string{
			desk.Answer: "answer", desk.FirstResponse: "first response", desk.NextResponse: "next response",
			desk.Resolution: "resolution", desk.Callback: "callback", desk.RequesterWait: "customer's wait", desk.AgentWork: "agent's work",
			desk.Update: "regular update", desk.Group: "time with the queue's team",
		},
		late: "%s is late", risk: "%s is at risk (%d %% of the time are gone)", settle: "%s was late and is settled by now", due: "due %s",
		holder: "with %s", nobody: "with nobody", one: "#%d: %s", many: "%d promises need you", more: "… and %d more",
		matters: "%d matters need you",
		measures: map[desk.Measure]string{
			desk.MeasureWaiting: "%[1]s: %[2]d conversations wait (told from %[3]d)", desk.MeasureLongest: "%[1]s: the longest wait is %[2]d s (told from %[3]d s)",
			desk.MeasureService: "%[1]s: %[2]d %% of today's promises are kept (told below %[3]d %%)", desk.MeasureChannel: "%[1]s: no connection for %[2]d s",
		},
		over: "%s — over by now", raised: "since %s",
		foot:   "Say “I have it” in the console, and nobody else is told.",
		moment: "Mon 2 Jan 15:04 MST",
	},
	"zh": {
		targets: map[desk.Target]string{
			desk.Answer: "接待", desk.FirstResponse: "首次响应", desk.NextResponse: "后续响应", desk.Resolution: "解决", desk.Callback: "回拨",
			desk.RequesterWait: "客户等待", desk.AgentWork: "坐席处理", desk.Update: "定期更新", desk.Group: "队列处理时长",
		},
		late: "%s已超时", risk: "%s即将超时（已用去 %d%% 的时间）", settle: "%s曾超时，现已处理", due: "应于 %s 前完成",
		holder: "处理人：%s", nobody: "无人处理", one: "#%d：%s", many: "%d 项承诺需要您处理", more: "……另有 %d 项",
		matters: "%d 项事务需要您处理",
		measures: map[desk.Measure]string{
			desk.MeasureWaiting: "%[1]s：%[2]d 个会话在等待（达到 %[3]d 个即预警）", desk.MeasureLongest: "%[1]s：最长等待 %[2]d 秒（达到 %[3]d 秒即预警）",
			desk.MeasureService: "%[1]s：今日达标率 %[2]d%%（低于 %[3]d%% 即预警）", desk.MeasureChannel: "%[1]s：连接已中断 %[2]d 秒",
		},
		over: "%s（现已恢复）", raised: "始于 %s",
		foot:   "在工作台点“由我跟进”后，系统不再上报。",
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
	switch {
	case len(lines) == 1:
		subject = t.head(lines[0])
	case slices.ContainsFunc(lines, func(l line) bool { return l.alert != nil }):
		subject = fmt.Sprintf(t.matters, len(lines))
	default:
		subject = fmt.Sprintf(t.many, len(lines))
	}
	var b strings.Builder
	for i, l := range lines {
		if i == maxLines {
			fmt.Fprintf(&b, t.more+"\n\n", len(lines)-maxLines)
			break
		}
		b.WriteString(t.head(l) + "\n" + t.body(l, now.Location()) + l.link + "\n\n")
	}
	if slices.ContainsFunc(lines, func(l line) bool { return l.alert == nil }) { // an alert is told at once, and never passed up
		b.WriteString(t.foot + "\n")
	}
	return subject, b.String()
}

// head is the first line of a notice: what is the matter.
func (t tongue) head(l line) string {
	if l.alert == nil {
		return fmt.Sprintf(t.one, l.number, t.state(l))
	}
	head := fmt.Sprintf(t.measures[l.alert.Measure], oneLine(l.subject), l.alert.Value, l.alert.Raise) // by index: some need no threshold
	if l.ended {
		return fmt.Sprintf(t.over, head)
	}
	return head
}

// body is what more there is to say of it: the subject or rule, since or by when, and who has it.
func (t tongue) body(l line, zone *time.Location) string {
	name, when, moment := l.subject, t.due, l.notice.DueAt
	if l.alert != nil {
		name, when, moment = l.alert.Name, t.raised, l.alert.RaisedAt
	}
	if name != "" {
		name = oneLine(name) + "\n"
	}
	holder := t.nobody
	if l.holder != "" {
		holder = fmt.Sprintf(t.holder, l.holder)
	}
	return name + fmt.Sprintf(when, moment.In(zone).Format(t.moment)) + " · " + holder + "\n"
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
