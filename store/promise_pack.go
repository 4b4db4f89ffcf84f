package store

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"yingda/sla"
)

// A pack is the promises that ended within one hour, as columns: what a figure needs of 300 rows is then one value, read
// in microseconds, and no precision is lost, neither of moments nor of durations. Which conversations they were is not in
// it: the rows say that.
//
//	version, number of rows, then 13 sections, each behind its length:
//	ended     moments since the one before, ms; the first since the hour began
//	later     rows whose promise ended again: how many, then place since the one before and that moment since the hour
//	calendar  ms      business  ms
//	words     target, outcome, queue, agent, tier, medium, policy, inbox, contact: how many, each, then a place for each row
//
// Numbers are varints. A word is its length twice and then itself; one more, and it is an id's 16 bytes.

// packVersion is the number of the form. A pack of another form is passed over, and its hour read from the rows.
const packVersion = 1

const hourMS = 3_600_000

// packWords are the columns of words, in their order.
const (
	packTarget = iota
	packOutcome
	packQueue
	packAgent
	packTier
	packMedium
	packPolicy
	packInbox
	packContact
	packWordColumns
)

// packedAs is where a view's key is; days have no words.
var packedAs = map[string]int{
	"queue": packQueue, "agent": packAgent, "tier": packTier, "medium": packMedium, "policy": packPolicy, "inbox": packInbox, "contact": packContact,
}

// packRow is one promise that goes into a pack.
type packRow struct {
	sla.EndedPromise
	later int64
}

func (p *packRow) word(column int) string {
	switch column {
	case packTarget:
		return string(p.Target)
	case packOutcome:
		return p.Outcome
	case packQueue:
		return string(p.Queue)
	case packAgent:
		return string(p.Agent)
	case packTier:
		return string(p.Tier)
	case packMedium:
		return string(p.Medium)
	case packPolicy:
		return p.Policy
	case packInbox:
		return string(p.Inbox)
	}
	return string(p.Contact)
}

// packPromises makes the pack of an hour of rows in order of their ends. The same rows make the same bytes.
func packPromises(hour int64, all []packRow) []byte {
	out := binary.AppendUvarint([]byte{packVersion}, uint64(len(all)))
	var part []byte
	section := func() {
		out = append(binary.AppendUvarint(out, uint64(len(part))), part...)
		part = part[:0]
	}
	before := hour * hourMS
	for i := range all {
		at := ms(all[i].EndedAt)
		part, before = binary.AppendVarint(part, at-before), at
	}
	section()
	part = packLater(part, hour, all)
	section()
	for i := range all {
		part = binary.AppendVarint(part, all[i].Calendar.Milliseconds())
	}
	section()
	for i := range all {
		part = binary.AppendVarint(part, all[i].Business.Milliseconds())
	}
	section()
	for column := range packWordColumns {
		part = appendWords(part, column, all)
		section()
	}
	return out
}

func packLater(part []byte, hour int64, all []packRow) []byte {
	n, place := 0, 0
	for i := range all {
		if all[i].later < never {
			n++
		}
	}
	part = binary.AppendUvarint(part, uint64(n))
	for i := range all {
		if all[i].later < never {
			part = binary.AppendUvarint(part, uint64(i-place))
			part = binary.AppendVarint(part, all[i].later-hour*hourMS)
			place = i
		}
	}
	return part
}

func appendWords(part []byte, column int, all []packRow) []byte {
	places := map[string]uint64{}
	var words []string
	for i := range all {
		w := all[i].word(column)
		if _, ok := places[w]; !ok {
			places[w] = uint64(len(words))
			words = append(words, w)
		}
	}
	part = binary.AppendUvarint(part, uint64(len(words)))
	for _, w := range words {
		if id, ok := idBytes(w); ok {
			part = append(append(part, 16<<1|1), id[:]...)
		} else {
			part = append(binary.AppendUvarint(part, uint64(len(w))<<1), w...)
		}
	}
	if len(words) > 1 {
		for i := range all {
			part = binary.AppendUvarint(part, places[all[i].word(column)])
		}
	}
	return part
}

// idBytes are those of an id as ours are written: lower case, five groups.
func idBytes(s string) (id [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return id, false
	}
	return id, idText(id[:]) == s
}

func idText(b []byte) string {
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

var errPack = errors.New("a pack of promises cannot be read")

// pack is one taken apart as far as it was asked for.
type pack struct {
	n        int
	sections [4 + packWordColumns][]byte
	words    wordsSeen
}

// wordsSeen keeps one copy of each word and id: the packs of a month name the same few agents in each.
type wordsSeen [2]map[string]string

func newWordsSeen() wordsSeen { return wordsSeen{{}, {}} }

func (w wordsSeen) text(raw []byte, id uint64) string {
	s, ok := w[id][string(raw)]
	if !ok {
		if s = string(raw); id == 1 {
			s = idText(raw)
		}
		w[id][string(raw)] = s
	}
	return s
}

// openPack finds a pack's sections. Errors: errPack.
func openPack(raw []byte, words wordsSeen) (*pack, error) {
	if len(raw) == 0 || raw[0] != packVersion {
		return nil, errPack
	}
	n, k := binary.Uvarint(raw[1:])
	if k <= 0 || n > uint64(len(raw)) {
		return nil, errPack
	}
	p := &pack{n: int(n), words: words}
	raw = raw[1+k:]
	for i := range p.sections {
		size, k := binary.Uvarint(raw)
		if k <= 0 || size > uint64(len(raw)-k) {
			return nil, errPack
		}
		p.sections[i], raw = raw[k:k+int(size)], raw[k+int(size):]
	}
	if len(raw) > 0 {
		return nil, errPack
	}
	return p, nil
}

// moments are when each promise ended. Errors: errPack.
func (p *pack) moments(hour int64, into []int64) ([]int64, error) {
	into, err := p.numbers(0, into)
	at := hour * hourMS
	for i, d := range into {
		at += d
		into[i] = at
	}
	return into, err
}

// later is when each promise ended again, never for most. Errors: errPack.
func (p *pack) later(hour int64, into []int64) ([]int64, error) {
	into = into[:0]
	for range p.n {
		into = append(into, never)
	}
	b := p.sections[1]
	n, k := binary.Uvarint(b)
	if k <= 0 {
		return nil, errPack
	}
	b = b[k:]
	place := 0
	for range n {
		step, k := binary.Uvarint(b)
		if k <= 0 {
			return nil, errPack
		}
		d, m := binary.Varint(b[k:])
		if place += int(step); m <= 0 || step > uint64(p.n) || place >= p.n {
			return nil, errPack
		}
		into[place] = hour*hourMS + d
		b = b[k+m:]
	}
	return into, nil
}

func (p *pack) calendar(into []int64) ([]int64, error) { return p.numbers(2, into) }
func (p *pack) business(into []int64) ([]int64, error) { return p.numbers(3, into) }

func (p *pack) numbers(section int, into []int64) ([]int64, error) {
	into = into[:0]
	b := p.sections[section]
	for range p.n {
		v, k := binary.Varint(b)
		if k <= 0 {
			return nil, errPack
		}
		into, b = append(into, v), b[k:]
	}
	return into, nil
}

// column is the words of a column and, for each row, which of them it is. Errors: errPack.
func (p *pack) column(column int, into []int) (words []string, rows []int, err error) {
	b := p.sections[4+column]
	count, k := binary.Uvarint(b)
	if k <= 0 || count > uint64(len(b)) {
		return nil, nil, errPack
	}
	b = b[k:]
	for range count {
		size, k := binary.Uvarint(b)
		if k <= 0 || size>>1 > uint64(len(b)-k) || size&1 == 1 && size>>1 != 16 {
			return nil, nil, errPack
		}
		words = append(words, p.words.text(b[k:k+int(size>>1)], size&1))
		b = b[k+int(size>>1):]
	}
	rows = into[:0]
	for range p.n {
		at := uint64(0)
		if count > 1 {
			if at, k = binary.Uvarint(b); k <= 0 {
				return nil, nil, fmt.Errorf("column %d: %w", column, errPack)
			}
			b = b[k:]
		}
		if at >= count {
			return nil, nil, errPack
		}
		rows = append(rows, int(at))
	}
	return words, rows, nil
}
