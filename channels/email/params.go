package email

import (
	"net/url"
	"path"
	"sort"
	"strconv"
	"strings"
)

// mediaParams reads "type/sub; name=value; …" as it is written in the wild: unquoted blanks, missing quotes, raw
// 8-bit names, RFC 2231 continuations and charsets, RFC 2047 words inside quotes (forbidden and everywhere).
func mediaParams(v, hint string) (kind string, params map[string]string) {
	head, rest, _ := strings.Cut(v, ";")
	kind = strings.ToLower(strings.Trim(strings.TrimSpace(head), `"' `))
	if i := strings.IndexAny(kind, " \t,"); i >= 0 {
		kind = kind[:i]
	}
	if strings.Contains(head, "=") { // `name=foo` without a type
		kind, rest = "", v
	}
	params = map[string]string{}
	pieces := map[string][]piece{}
	for rest != "" && len(params)+len(pieces) < 100 {
		var name, value string
		name, value, rest = nextParam(rest)
		if name == "" {
			continue
		}
		if i := strings.IndexByte(name, '*'); i > 0 {
			pieces[name[:i]] = append(pieces[name[:i]], pieceOf(name[i+1:], value))
			continue
		}
		if _, dup := params[name]; !dup {
			params[name] = decodeText(value, hint)
		}
	}
	for name, ps := range pieces {
		if joined := joinPieces(ps); joined != "" {
			params[name] = joined
		}
	}
	return kind, params
}

// nextParam cuts one name=value. A quoted value ends at its quote; an unquoted one at the next semicolon.
func nextParam(s string) (name, value, rest string) {
	s = strings.TrimLeft(s, "; \t")
	eq := strings.IndexByte(s, '=')
	semi := strings.IndexByte(s, ';')
	if eq < 0 || semi >= 0 && semi < eq {
		if semi < 0 {
			return "", "", ""
		}
		return "", "", s[semi+1:]
	}
	name = strings.ToLower(strings.TrimSpace(s[:eq]))
	s = strings.TrimLeft(s[eq+1:], " \t")
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		return name, strings.Trim(strings.TrimSpace(value), `"`), rest
	}
	var b strings.Builder
	i := 1
	for ; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		} else if s[i] == '"' {
			// A quote inside the value: the value ends only where a semicolon or nothing follows.
			after := strings.TrimLeft(s[i+1:min(len(s), i+1+200)], " \t")
			if after == "" || after[0] == ';' {
				break
			}
			if next, _, found := strings.Cut(after[:min(len(after), 60)], "="); found && !strings.ContainsAny(next, " \"") {
				break // the semicolon between two parameters is missing
			}
		}
		b.WriteByte(s[i])
	}
	if i < len(s) {
		rest = s[i+1:]
	}
	return name, b.String(), rest
}

// piece is one part of an RFC 2231 value.
type piece struct {
	n       int
	encoded bool
	value   string
}

func pieceOf(suffix, value string) piece {
	encoded := strings.HasSuffix(suffix, "*") || suffix == ""
	n, _ := strconv.Atoi(strings.TrimSuffix(suffix, "*"))
	return piece{n: n, encoded: encoded, value: value}
}

func joinPieces(ps []piece) string {
	sort.SliceStable(ps, func(i, j int) bool { return ps[i].n < ps[j].n })
	charset, raw, any := "", "", false
	for i, p := range ps {
		v := p.value
		if p.encoded {
			if first := i == 0; first {
				if parts := strings.SplitN(v, "'", 3); len(parts) == 3 {
					charset, v = parts[0], parts[2]
				}
			}
			any = true
			if un, err := url.PathUnescape(v); err == nil {
				v = un
			}
		}
		raw += v
	}
	if !any {
		return decodeText(raw, "")
	}
	if strings.Contains(raw, "=?") && strings.Contains(raw, "?=") {
		return decodeText(raw, charset)
	}
	return strings.TrimSpace(oneLine(decodeCharset(charset, []byte(raw))))
}

const maxFileName = 200 // characters

// fileName makes a name harmless: no folders, no control characters, no leading dots, bounded.
func fileName(s string) string {
	s = strings.TrimSpace(oneLine(s))
	s = path.Base(strings.ReplaceAll(s, `\`, "/"))
	s = strings.Map(func(r rune) rune {
		// Bidirectional controls make "exe.fdp" read as "pdf.exe".
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s)
	s = strings.TrimLeft(s, ". ")
	if s == "/" {
		return ""
	}
	if r := []rune(s); len(r) > maxFileName {
		ext := path.Ext(s)
		if e := []rune(ext); len(e) < 20 {
			return string(r[:maxFileName-len(e)]) + ext
		}
		return string(r[:maxFileName])
	}
	return s
}
