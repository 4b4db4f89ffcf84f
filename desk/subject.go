package desk

import "strings"

// Subjects of mails begin with what they are, in the language of the program that wrote them. These words, in lower case,
// stand before a colon, theirs or the full-width one, and may be counted: "Re[2]:", "回复(3)：".
var (
	answerWords  = []string{"re", "aw", "sv", "antw", "rif", "r", "odp", "ynt", "回复", "回覆", "答复", "答覆", "回信", "返信"}
	forwardWords = []string{"fwd", "fw", "转发", "转", "轉寄", "轉發", "wg", "tr", "rv", "enc", "i", "vb", "vs", "doorst", "пересл", "転送"}
)

// IsAnswer reports whether a subject says that its mail answers another.
func IsAnswer(subject string) bool { return begins(subject, answerWords) }

// IsForward reports whether a subject says that its mail passes another on.
func IsForward(subject string) bool { return begins(subject, forwardWords) }

// AnswerTo is the subject of an answer: one Re: and never a second, whatever language the first was in. Nothing stays
// nothing.
func AnswerTo(subject string) string {
	if strings.TrimSpace(subject) == "" || IsAnswer(subject) {
		return subject
	}
	return "Re: " + subject
}

func begins(subject string, words []string) bool {
	s := strings.ToLower(clip(strings.TrimLeft(subject, " \t["), 40))
	for _, w := range words {
		rest, ok := strings.CutPrefix(s, w)
		if !ok {
			continue
		}
		rest = strings.TrimLeft(rest, " ")
		if rest != "" && strings.ContainsAny(rest[:1], "[(") {
			rest = strings.TrimLeft(strings.TrimLeft(rest[1:], "0123456789"), "]) ")
		}
		if strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "：") {
			return true
		}
	}
	return false
}
