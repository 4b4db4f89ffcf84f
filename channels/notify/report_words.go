package notify

import (
	"fmt"
	"strings"
	"time"

	"yingda/desk"
)

// maxReportLines bounds the figures in the mail itself; the file has all.
const maxReportLines = 60

// reportTongue is what mailed reports say in one language.
type reportTongue struct {
	subject, head, line, kept, none, more, late, foot string
	words                                             map[string]string // views, and keys that are words of ours
}

var reportTongues = map[string]reportTongue{
	"en": {
		subject: "Promises by %s, %s", head: "Promises by %s, %s, days of %s", line: "%s: %d met, %d late%s, %d fell away, %d waived",
		kept: " (%.1f %% kept)", none: "No promise ended in this time.", more: "… and %d more lines",
		late: "This report was to come %s and could not be sent then. It is sent once.",
		foot: "All figures are in the attached file. It has what you may see today.\nChange or end these mails:",
		words: map[string]string{
			"day": "day", "queue": "queue", "agent": "agent", "tier": "tier", "medium": "channel", "policy": "policy", "inbox": "inbox", "target": "target", "contact": "customer",
			"voice": "phone", "": "none",
		},
	},
	"zh": {
		subject: "时限报表（按%s），%s", head: "时限报表（按%s），%s，日期按 %s 计", line: "%s：已达标 %d，超时 %d%s，不再适用 %d，已豁免 %d",
		kept: "（达标率 %.1f%%）", none: "这段时间内没有结束的时限。", more: "……另有 %d 行",
		late: "这份报表原定 %s 发送，当时未能发出，现补发一次。",
		foot: "完整数据见附件，内容以您目前的查看权限为准。\n修改或取消这些邮件：",
		words: map[string]string{
			"day": "日期", "queue": "队列", "agent": "坐席", "tier": "客户等级", "medium": "渠道", "policy": "策略", "inbox": "收件箱", "target": "时限", "contact": "客户",
			"":          "无",
			"strategic": "战略客户", "key": "重点客户", "ordinary": "普通客户", "email": "邮件", "chat": "在线聊天", "voice": "电话",
		},
	},
}

// reportWords are the subject and text of a mailed report, up to the address where it is ended.
func reportWords(m desk.ReportMail, rep Report, due, now time.Time) (subject, text string) {
	lang, _, _ := strings.Cut(strings.ToLower(m.Locale), "-")
	t, ok := reportTongues[lang]
	if !ok {
		lang, t = "en", reportTongues["en"]
	}
	from, to := m.Days(due)
	days := from
	if to != from {
		days += " – " + to
	}
	view := t.said(m.By, m.By)
	var b strings.Builder
	fmt.Fprintf(&b, t.head+"\n\n", view, days, m.Zone)
	if now.Sub(due) >= lateFrom {
		fmt.Fprintf(&b, t.late+"\n\n", due.Format(tongues[lang].moment))
	}
	if len(rep.Lines) == 0 {
		b.WriteString(t.none + "\n")
	}
	for i, l := range rep.Lines {
		if i == maxReportLines {
			fmt.Fprintf(&b, t.more+"\n", len(rep.Lines)-i)
			break
		}
		b.WriteString(t.figures(m.By, tongues[lang].targets, l) + "\n")
	}
	return fmt.Sprintf(t.subject, view, days), b.String() + "\n" + t.foot + "\n"
}

func (t reportTongue) said(word, or string) string {
	if s, ok := t.words[word]; ok {
		return s
	}
	return or
}

func (t reportTongue) figures(by string, targets map[desk.Target]string, l ReportLine) string {
	target := targets[l.Target]
	name := target
	if by != "target" {
		name = oneLine(l.Name) + " · " + target
		if l.Name == l.Key { // a word of ours, or nothing
			name = t.said(l.Key, l.Key) + " · " + target
		}
	}
	kept := ""
	if l.Kept != nil {
		kept = fmt.Sprintf(t.kept, *l.Kept)
	}
	return fmt.Sprintf(t.line, name, l.Met, l.Late, kept, l.Cancelled, l.Waived)
}
