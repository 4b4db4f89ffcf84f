package email

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// How the quick reader of HTML reads the signs themselves: names, attributes, comments.

// name reads a tag's name at i.
func (q *quickReader) name(i int) (name string, a atom.Atom, end int) {
	end = i
	for end < len(q.s) && q.s[end] > ' ' && q.s[end] != '/' && q.s[end] != '>' {
		end++
	}
	name = lowerName(q.s[i:end])
	a = atom.Lookup([]byte(name))
	if a != 0 {
		name = a.String()
	}
	return name, a, end
}

// comment skips <!-- … -->, <!DOCTYPE …>, <![if …]> and <?xml …>.
func (q *quickReader) comment() bool {
	rest := q.s[q.pos:]
	if !strings.HasPrefix(rest, "<!--") {
		end := strings.IndexByte(rest, '>')
		q.pos += end + 1
		return end > 0
	}
	end := strings.Index(rest[4:], "-->")
	if end < 0 || strings.HasPrefix(rest[4:], ">") || strings.HasPrefix(rest[4:], "->") || strings.Contains(rest[4:4+end], "--!>") {
		return false
	}
	q.pos += 4 + end + 3
	return true
}

// skipRaw skips what is in a script, style or title.
func (q *quickReader) skipRaw(name string) bool {
	for i := q.pos; ; {
		k := strings.Index(q.s[i:], "</")
		if k < 0 {
			return false
		}
		i += k + 2
		if len(q.s)-i > len(name) && strings.EqualFold(q.s[i:i+len(name)], name) && strings.IndexByte(" \t\n\f/>", q.s[i+len(name)]) >= 0 {
			end := strings.IndexByte(q.s[i:], '>')
			if end < 0 || name == "script" && strings.Contains(q.s[q.pos:i], "<!--") {
				return false
			}
			q.pos = i + end + 1
			return true
		}
	}
}

// attributes reads those of a start tag from i to its end; ok is false for what is written oddly.
func (q *quickReader) attributes(i int) (out []html.Attribute, end int, ok bool) {
	first := len(q.attrs)
	for {
		for i < len(q.s) && (isBlank(rune(q.s[i])) || q.s[i] == '/') {
			i++
		}
		if i >= len(q.s) {
			return nil, 0, false
		}
		if q.s[i] == '>' {
			out = q.attrs[first:len(q.attrs):len(q.attrs)]
			if len(out) == 0 {
				out = nil
			}
			return out, i + 1, true
		}
		start := i
		for i < len(q.s) && q.s[i] > ' ' && q.s[i] != '=' && q.s[i] != '>' && q.s[i] != '/' && q.s[i] != '"' && q.s[i] != '\'' && q.s[i] != '<' {
			i++
		}
		if i == start || i >= len(q.s) || len(q.attrs)-first > quickAttrs {
			return nil, 0, false
		}
		a := html.Attribute{Key: lowerName(q.s[start:i])}
		if a.Val, i, ok = q.value(i); !ok {
			return nil, 0, false
		}
		if !hasAttribute(q.attrs[first:], a.Key) {
			if len(q.attrs) == cap(q.attrs) { // more room beside it: what was handed out stays where it is
				q.attrs = append(q.roomForAttrs(len(q.attrs)-first), q.attrs[first:]...)
				first = 0
			}
			q.attrs = append(q.attrs, a)
		}
	}
}

func hasAttribute(list []html.Attribute, key string) bool {
	for _, a := range list {
		if a.Key == key {
			return true
		}
	}
	return false
}

// value reads ="…", ='…' or =… at i, or nothing.
func (q *quickReader) value(i int) (v string, end int, ok bool) {
	k := i
	for k < len(q.s) && isBlank(rune(q.s[k])) {
		k++
	}
	if k >= len(q.s) || q.s[k] != '=' {
		return "", i, true
	}
	for k++; k < len(q.s) && isBlank(rune(q.s[k])); k++ {
	}
	if k >= len(q.s) || q.s[k] == '>' {
		return "", 0, false
	}
	if c := q.s[k]; c == '"' || c == '\'' {
		n := strings.IndexByte(q.s[k+1:], c)
		if n < 0 {
			return "", 0, false
		}
		v, end = q.s[k+1:k+1+n], k+n+2
	} else {
		for end = k; end < len(q.s) && !isBlank(rune(q.s[end])) && q.s[end] != '>'; end++ {
		}
		v = q.s[k:end]
	}
	if strings.IndexByte(v, '&') >= 0 {
		if strings.Count(v, "&") != strings.Count(v, "&amp;") {
			return "", 0, false // references in attributes have rules of their own
		}
		v = strings.ReplaceAll(v, "&amp;", "&")
	}
	return v, end, true
}
