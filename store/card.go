package store

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
)

// A conversation's row carries its recent clocks, the last two of each target, so that a page of a list and a unit
// read one row and no other table. The table clocks stays the truth that the ticker, the board and the service levels
// ask; both are written by the same save. The form is plain fields between separators, which costs
// little to read: a page reads a hundred of them.

// Separators of a card: ASCII's own, which no id holds.
const (
	unitEnd   = "\x1f" // between fields
	recordEnd = "\x1e" // after each clock
)

// cardFields is how many fields a clock has on a card. Who acknowledged it, its policy's version and its waiver follow them.
const cardFields = 19

// cardOf writes clocks.
func cardOf(clocks []desk.Clock) string {
	if len(clocks) == 0 {
		return ""
	}
	sorted := slices.Clone(clocks)
	slices.SortFunc(sorted, func(a, b desk.Clock) int {
		return cmp.Or(strings.Compare(string(a.Target), string(b.Target)), a.N-b.N)
	})
	var b []byte
	for i := range sorted {
		b = appendClock(b, &sorted[i])
	}
	return string(b)
}

func appendClock(b []byte, k *desk.Clock) []byte {
	for _, s := range [...]string{string(k.Target), k.Policy, k.Calendar, string(k.Started), string(k.MetBy)} {
		b = append(append(b, plain(s)...), unitEnd...)
	}
	for i, w := range k.Warnings {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(w), 10)
	}
	for _, v := range [...]int64{
		int64(k.N), k.Budget.Milliseconds(), k.Used.Milliseconds(), int64(k.DueVersion), bit(k.Marked), ms(k.StartedAt),
		ms(k.PausedAt), ms(k.ResumedAt), ms(k.DueAt), ms(k.MetAt), ms(k.CancelledAt), ms(k.BreachedAt), ms(k.NextAt),
	} {
		b = append(b, unitEnd...)
		if v != 0 {
			b = strconv.AppendInt(b, v, 10)
		}
	}
	for _, s := range [...]string{plain(string(k.AckBy)), figure(ms(k.AckAt)), figure(int64(k.AckDue)), figure(k.PolicyVersion), plain(waiverText(k.Waiver))} {
		b = append(append(b, unitEnd...), s...)
	}
	return append(b, recordEnd...)
}

// plain takes the separators out of s.
func plain(s string) string {
	if strings.ContainsAny(s, unitEnd+recordEnd) {
		return strings.NewReplacer(unitEnd, "", recordEnd, "").Replace(s)
	}
	return s
}

// clocksOf reads what cardOf wrote.
func clocksOf(card string, id desk.ConversationID) ([]desk.Clock, error) {
	if card == "" {
		return nil, nil
	}
	out := make([]desk.Clock, strings.Count(card, recordEnd))
	for i := range out {
		var record string
		record, card, _ = strings.Cut(card, recordEnd)
		if err := readClock(record, &out[i]); err != nil {
			return nil, fmt.Errorf("clocks of %s: %w", id, err)
		}
		out[i].Conversation = id
	}
	return out, nil
}

func readClock(record string, k *desk.Clock) error {
	var words [6]string
	for i := range words {
		words[i], record, _ = strings.Cut(record, unitEnd)
	}
	var nums [cardFields - len(words)]int64
	for i := range nums {
		var word string
		word, record, _ = strings.Cut(record, unitEnd)
		if word == "" {
			continue
		}
		var err error
		if nums[i], err = strconv.ParseInt(word, 10, 64); err != nil {
			return err
		}
	}
	k.Target, k.Policy, k.Calendar = desk.Target(words[0]), words[1], words[2]
	k.Started, k.MetBy = desk.MessageID(words[3]), desk.MessageID(words[4])
	if words[5] != "" {
		for part := range strings.SplitSeq(words[5], ",") {
			w, err := strconv.Atoi(part)
			if err != nil {
				return err
			}
			k.Warnings = append(k.Warnings, w)
		}
	}
	k.N, k.DueVersion, k.Marked = int(nums[0]), int(nums[3]), nums[4] != 0
	k.Budget, k.Used = time.Duration(nums[1])*time.Millisecond, time.Duration(nums[2])*time.Millisecond
	k.StartedAt, k.PausedAt, k.ResumedAt, k.DueAt = at(nums[5]), at(nums[6]), at(nums[7]), at(nums[8])
	k.MetAt, k.CancelledAt, k.BreachedAt, k.NextAt = at(nums[9]), at(nums[10]), at(nums[11]), at(nums[12])
	return readTail(record, k)
}

// readTail reads who acknowledged a clock, the version of its policy and its waiver. Older cards end before these.
func readTail(record string, k *desk.Clock) error {
	if record == "" {
		return nil
	}
	var words [5]string
	for i := range words {
		words[i], record, _ = strings.Cut(record, unitEnd)
	}
	var nums [3]int64
	for i, word := range words[1:4] {
		if word == "" {
			continue
		}
		var err error
		if nums[i], err = strconv.ParseInt(word, 10, 64); err != nil {
			return err
		}
	}
	k.AckBy, k.AckAt, k.AckDue, k.PolicyVersion = desk.AgentID(words[0]), at(nums[0]), int(nums[1]), nums[2]
	return decode(words[4], &k.Waiver)
}

// figure is a number on a card; 0 is nothing.
func figure(v int64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatInt(v, 10)
}

// newest keeps the last clock of each target; clocks stand in the order of cardOf.
func newest(clocks []desk.Clock) []desk.Clock {
	out := clocks[:0]
	for _, k := range clocks {
		if n := len(out); n > 0 && out[n-1].Target == k.Target {
			out[n-1] = k
			continue
		}
		out = append(out, k)
	}
	return out
}
