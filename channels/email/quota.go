package email

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"yingda/channels"
	"yingda/desk"
)

// What servers say when a mailbox has sent enough for now (UP-N7). There is no code for it: Gmail says 550 5.4.5, 163
// says 450 RP:CEL or MI:CEL, Tencent 550 "frequency limited", Microsoft 554 SubmissionQuotaExceeded.
var (
	quotaWords = regexp.MustCompile(`(?i)(daily|hourly|per[- ](day|hour|minute)|24[- ]?h(ou)?rs?|in one day|today)[^.;]{0,60}(limit|quota|exceed|maximum)|` +
		`(limit|quota|exceed\w*|maximum|too many)[^.;]{0,60}(daily|hourly|per[- ](day|hour|minute)|24[- ]?h(ou)?rs?|in one day|today)|` +
		`frequency (is )?limit|sending (limit|quota|rate)|(rate|message|submission|send)[- ]?(limit|quota)[^.;]{0,20}(exceed|reach|hit)|` +
		`too many (messages|mails|emails|e-mails)|quotaexceeded|rp:(cel|qrc|trc)|mi:(cel|dmc|stc)|` +
		`发送(邮件)?(数量|频率|量|次数)?[^.;。]{0,12}(超过|超出|达到|过高|受限|上限)|(频率|次数|数量)[^.;。]{0,8}(过高|过快|限制|超限|上限)|超(过|出)[^.;。]{0,12}(限制|限额|上限|配额)`)
	quotaStatus = regexp.MustCompile(`\b(5\.4\.5|4\.7\.28|5\.7\.232|5\.7\.233)\b`)
	// theirs is a recipient's full mailbox or a single mail's bounds, which say nothing about us.
	theirs = regexp.MustCompile(`(?i)\b[45]\.2\.[23]\b|\b[45]\.5\.3\b|mailbox (is )?full|over ?quota|insufficient (system )?storage|too many recipients|message size|size limit`)
	inTime = regexp.MustCompile(`(?i)(?:in|after|for|within|again in)\s+(?:the next\s+)?(\d{1,5})\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)\b`)
	daily  = regexp.MustCompile(`(?i)daily|per[- ]day|one day|today|24[- ]?h|5\.4\.5|当日|每日|每天|今日|今天|天`)
	hourly = regexp.MustCompile(`(?i)hour|小时`)
)

const (
	quotaPause  = 15 * time.Minute // when the server does not say how long
	maxPause    = 24 * time.Hour
	minPause    = time.Minute
	afterTheDay = time.Minute // clocks of others
)

// quotaOf makes a server's answer that the mailbox has sent enough into a quota with its end; nil for any other answer.
// A mail a person waits for is worth a look each hour, whatever the server says about the day: quotas grow when
// customers write.
func quotaOf(e *smtp.SMTPError, rank desk.Rank, now time.Time, zone *time.Location) *channels.SendError {
	words := answerText(e)
	if e.Code < 400 || theirs.MatchString(words) || !quotaWords.MatchString(words) && !quotaStatus.MatchString(words) {
		return nil
	}
	until := now.Add(quotaPause)
	switch d, said := saidPause(words); {
	case said:
		until = now.Add(d)
	case daily.MatchString(words):
		local := now.In(zone)
		until = time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone).Add(afterTheDay)
		if rank == desk.RankAnswer {
			until = earlier(until, now.Add(time.Hour))
		}
	case hourly.MatchString(words):
		until = now.Add(time.Hour)
	}
	return &channels.SendError{Outcome: channels.Quota, Reason: words, Until: until, Err: e}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// saidPause is how long the server itself asks us to wait.
func saidPause(words string) (time.Duration, bool) {
	m := inTime.FindStringSubmatch(words)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n == 0 {
		return 0, false
	}
	unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[strings.ToLower(m[2])[0]]
	return min(max(time.Duration(n)*unit, minPause), maxPause), true
}

// quota looks whether err is an answer about a quota, and passes it on as it is otherwise.
func (s *Sender) quota(err error, m desk.Outbound) error {
	var answer *smtp.SMTPError
	if errors.As(err, &answer) {
		if q := quotaOf(answer, m.Rank, s.deps.Now(), s.settings.zone()); q != nil {
			return q
		}
	}
	return err
}

// noSuch is how servers without enhanced codes say that there is no such address.
var noSuch = regexp.MustCompile(`(?i)no such (user|mailbox|recipient|address|person)|(user|mailbox|recipient|address|account)[^.;]{0,30}(unknown|not (found|exist|known)|does ?n[o']t exist|invalid|unavailable)|unknown (user|recipient|mailbox)|不存在`)

// gone reports whether a recipient was refused as one that does not exist.
func gone(e *smtp.SMTPError) bool {
	if e.Code < 500 {
		return false
	}
	if c := e.EnhancedCode; c != (smtp.EnhancedCode{}) && c != smtp.NoEnhancedCode {
		return desk.Gone(strconv.Itoa(c[0]) + "." + strconv.Itoa(c[1]) + "." + strconv.Itoa(c[2]))
	}
	return (e.Code == 550 || e.Code == 551 || e.Code == 553) && noSuch.MatchString(e.Message)
}
