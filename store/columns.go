package store

import (
	"strconv"
	"strings"
	"time"
)

// never is how "no moment" is stored where an index must sort it last: the last millisecond of the year 9999.
const never int64 = 253402300799999

// ms is how a moment is stored; the zero moment is 0.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// msNever is ms with the zero moment at the far end.
func msNever(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixMilli()
}

// at reads what ms or msNever wrote.
func at(v int64) time.Time {
	if v == 0 || v == never {
		return time.Time{}
	}
	return time.UnixMilli(v).UTC()
}

// exact cuts a moment to what can be stored, so that a value reads the same before and after the commit.
func exact(t time.Time) time.Time { return at(ms(t)) }

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// holes makes "$1,$2,…" from first for n values, for IN lists: ANY($1) is PostgreSQL's alone.
func holes(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}

// padded fills ids up to a power of two by repeating the last, so that few statement texts are ever prepared.
func padded[T ~string](ids []T) []any {
	size := 1
	for size < len(ids) {
		size *= 2
	}
	out := make([]any, size)
	for i := range out {
		out[i] = string(ids[min(i, len(ids)-1)])
	}
	return out
}

// tuples makes "(kind = $1 AND value = $2) OR …" for n pairs: row values differ between the engines in planning.
func tuples(a, b string, n int) string {
	var s strings.Builder
	for i := range n {
		if i > 0 {
			s.WriteString(" OR ")
		}
		s.WriteString("(" + a + " = $" + strconv.Itoa(2*i+1) + " AND " + b + " = $" + strconv.Itoa(2*i+2) + ")")
	}
	return s.String()
}

// pairs pads and flattens pairs for tuples.
func pairs[T any](keys []T, split func(T) (string, string)) []any {
	size := 1
	for size < len(keys) {
		size *= 2
	}
	out := make([]any, 0, 2*size)
	for i := range size {
		a, b := split(keys[min(i, len(keys)-1)])
		out = append(out, a, b)
	}
	return out
}
