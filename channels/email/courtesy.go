package email

import (
	"fmt"
	"strings"
	"time"

	"yingda/desk"
)

// Ack is an inbox's automatic acknowledgement. It is sent once for a conversation that a person's mail opened.
type Ack struct {
	Enabled  bool               `json:"enabled"`
	Calendar string             `json:"calendar,omitempty"` // whose hours choose between open and closed; "": always open
	Texts    map[string]AckText `json:"texts,omitempty"`    // by language ("zh", "en"); "" is for all others
}

// AckText is what is said inside and outside of hours. Placeholders: customer, due, inbox, opens, subject. A line whose
// due or opens is not known is left out.
type AckText struct {
	Open   string `json:"open"`   // "": the built-in text
	Closed string `json:"closed"` // "": the built-in text
}

var ackPlaceholders = []string{"customer", "due", "inbox", "opens", "subject"}

var builtIn = map[string]AckText{
	"en": {
		Open:   "Hello {{customer}},\n\nwe have your message “{{subject}}”.\nWe answer by {{due}}.\n\n{{inbox}}\n(This mail was sent automatically.)",
		Closed: "Hello {{customer}},\n\nwe have your message “{{subject}}”. We are closed at the moment.\nWe are open again on {{opens}}.\nWe answer by {{due}}.\n\n{{inbox}}\n(This mail was sent automatically.)",
	},
	"zh": {
		Open:   "{{customer}}，您好：\n\n您的来信“{{subject}}”已收到。\n我们将在{{due}}前答复您。\n\n{{inbox}}\n（此邮件由系统自动发送）",
		Closed: "{{customer}}，您好：\n\n您的来信“{{subject}}”已收到，目前为非工作时间。\n我们将于{{opens}}恢复办公。\n我们将在{{due}}前答复您。\n\n{{inbox}}\n（此邮件由系统自动发送）",
	},
}

func (a Ack) validate() error {
	for lang, t := range a.Texts {
		for name, text := range map[string]string{"open": t.Open, "closed": t.Closed} {
			if err := fits("ack.texts."+lang+"."+name, text, ackPlaceholders); err != nil {
				return err
			}
		}
	}
	return nil
}

// text chooses the words: the inbox's own in the customer's language, then its words for all others where ours do not
// speak that language either, then ours.
func (a Ack) text(lang string, open bool) string {
	pick := func(t AckText) string {
		if open {
			return t.Open
		}
		return t.Closed
	}
	_, spoken := builtIn[lang]
	if s := pick(a.Texts[lang]); s != "" {
		return s
	}
	if s := pick(a.Texts[""]); s != "" && (!spoken || len(a.Texts) == 1) {
		return s
	}
	if !spoken {
		lang = "en"
	}
	return pick(builtIn[lang])
}

// Courtesy writes acknowledgements for the desk. Hours says whether a calendar is open at a moment, and when it next
// changes; nil: always open.
type Courtesy struct {
	Hours func(calendar string, at time.Time) (open bool, next time.Time)
}

var _ desk.Courtesy = Courtesy{}

// Acknowledge writes one from the inbox's settings, the customer's language and the promise that runs.
func (c Courtesy) Acknowledge(a desk.Acknowledgement) (desk.Body, bool) {
	if a.Inbox.Medium != desk.Email || !strings.Contains(string(a.Inbox.Channel), `"ack"`) {
		return desk.Body{}, false
	}
	s, err := ParseSettings(a.Inbox.Channel)
	if err != nil || !s.Ack.Enabled {
		return desk.Body{}, false
	}
	open, opens := true, time.Time{}
	if c.Hours != nil && s.Ack.Calendar != "" {
		open, opens = c.Hours(s.Ack.Calendar, a.Now)
	}
	lang, _, _ := strings.Cut(a.Conversation.Locale, "-")
	values := map[string]string{
		"customer": oneLine(firstOf(a.Conversation.ContactName, a.Message.From.Address)), "inbox": firstOf(s.FromName, a.Inbox.Name),
		"subject": oneLine(a.Message.Subject), "due": moment(a.Promised(), lang, s.zone()), "opens": "",
	}
	if !open {
		values["opens"] = moment(opens, lang, s.zone())
	}
	return desk.Body{Text: sentences(s.Ack.text(lang, open), values)}, true
}

// promises are what a customer is told at the end of the day.
var promises = map[string]string{
	"en": "Hello {{customer}},\n\nwe have your message “{{subject}}”. We did not get to it today.\nYou hear from us by {{due}}.\n\n{{inbox}}\n(This mail was sent automatically.)",
	"zh": "{{customer}}，您好：\n\n您的来信“{{subject}}”我们已收到，今天未能答复，敬请谅解。\n我们将在{{due}}前答复您。\n\n{{inbox}}\n（此邮件由系统自动发送）",
}

var _ desk.Reassurer = Courtesy{}

// Reassure writes the promise mail at the end of a day.
func (c Courtesy) Reassure(a desk.Acknowledgement) (desk.Body, bool) {
	if a.Inbox.Medium != desk.Email || a.Promised().IsZero() {
		return desk.Body{}, false
	}
	s, err := ParseSettings(a.Inbox.Channel)
	if err != nil {
		return desk.Body{}, false
	}
	lang, _, _ := strings.Cut(a.Conversation.Locale, "-")
	text, spoken := promises[lang]
	if !spoken {
		lang, text = "en", promises["en"]
	}
	return desk.Body{Text: sentences(text, map[string]string{
		"customer": oneLine(firstOf(a.Conversation.ContactName, a.Message.From.Address)), "inbox": firstOf(s.FromName, a.Inbox.Name),
		"subject": oneLine(a.Message.Subject), "due": moment(a.Promised(), lang, s.zone()), "opens": "",
	})}, true
}

// sentences fills the text line by line and leaves out lines that would promise nothing.
func sentences(text string, values map[string]string) string {
	var out []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, "{{due}}") && values["due"] == "" || strings.Contains(line, "{{opens}}") && values["opens"] == "" {
			continue
		}
		out = append(out, fill(line, values))
	}
	return strings.TrimSpace(strings.Join(out, "")) + "\n"
}

var weekdays = [...]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}

// moment is a time as a customer reads it, to the minute and never later than it is; "" for none. The zone is named,
// since the customer's may be another.
func moment(t time.Time, lang string, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(zone).Truncate(time.Minute)
	if lang == "zh" {
		return t.Format("1月2日") + "（" + weekdays[t.Weekday()] + "）" + t.Format("15:04")
	}
	_, offset := t.Zone()
	return t.Format("Monday 2 January, 15:04") + fmt.Sprintf(" (UTC%+03d:%02d)", offset/3600, offset%3600/60)
}
