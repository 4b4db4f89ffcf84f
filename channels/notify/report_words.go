package notify

import (
	"strings"
	"time"

	"yingda/desk"
	"yingda/internal/words"
)

// maxReportLines bounds the figures in the mail itself; the file has all.
const maxReportLines = 60

// reportWords are the subject and text of a mailed report, up to the address where it is ended.
func reportWords(m desk.ReportMail, rep Report, due, now time.Time) (subject, text string) {
	t := words.Of(m.Locale)
	from, to := m.Days(due)
	days := from
	if to != from {
		days += " – " + to
	}
	view := t.Word("by", m.By)
	var b strings.Builder
	b.WriteString(t.Say("report.head", view, days, m.Zone) + "\n\n")
	if now.Sub(due) >= lateFrom {
		b.WriteString(t.Say("report.late", due.Format(t.Say("moment"))) + "\n\n")
	}
	if len(rep.Lines) == 0 {
		b.WriteString(t.Say("report.none") + "\n")
	}
	for i, l := range rep.Lines {
		if i == maxReportLines {
			b.WriteString(t.Say("report.more", len(rep.Lines)-i) + "\n")
			break
		}
		b.WriteString(figures(t, m.By, l) + "\n")
	}
	return t.Say("report.subject", view, days), b.String() + "\n" + t.Say("report.foot") + "\n"
}

func figures(t words.Tongue, by string, l ReportLine) string {
	target := t.Word("target", string(l.Target))
	name := target
	switch {
	case by == "target":
	case l.Name != l.Key:
		name = oneLine(l.Name) + " · " + target
	case l.Key == "":
		name = t.Word("by", "none") + " · " + target
	default: // a word of ours
		name = t.Word(by, l.Key) + " · " + target
	}
	kept := ""
	if l.Kept != nil {
		kept = t.Say("report.kept", *l.Kept)
	}
	return t.Say("report.line", name, l.Met, l.Late, kept, l.Cancelled, l.Waived)
}
