package email

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"strings"
)

// Bounds of one mail's structure. What lies beyond is kept as one file, unread.
const (
	maxDepth = 20
	maxParts = 500
)

// part is one MIME entity. body is as it came, still in its transfer encoding.
type part struct {
	header      header
	kind        string // media type, lower case, "text/plain" when missing
	params      map[string]string
	disposition string // lower case, "" when missing
	name        string // file name, readable
	described   bool   // its writer says what it is
	cid         string // Content-ID without <>
	location    string
	body        []byte
	parent      *part
	children    []*part
	doc         *notes // what had to be forgiven in the whole mail
}

// reader reads a mail into its tree. It forgives everything: there is no error.
type reader struct {
	hint  string // charset that raw 8-bit headers are probably in
	count int
	doc   notes
}

func parseTree(raw []byte) *part {
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') >= 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n")) // an old Macintosh
	}
	h, body := splitHeader(raw)
	r := &reader{}
	// The charset of the body is the best guess for raw bytes in the header.
	_, params := mediaParams(h.get("content-type"), "")
	r.hint = strings.ToLower(params["charset"])
	return r.entity(h, body, nil, 0)
}

func (r *reader) entity(h header, body []byte, parent *part, depth int) *part {
	r.count++
	p := &part{header: h, body: body, parent: parent, doc: &r.doc}
	p.kind, p.params = mediaParams(h.get("content-type"), r.hint)
	if !strings.Contains(p.kind, "/") {
		p.kind = map[string]string{"text": "text/plain", "html": "text/html"}[p.kind]
		if p.kind == "" {
			p.kind = "text/plain"
			if parent != nil && parent.kind == "multipart/digest" {
				p.kind = "message/rfc822" // RFC 2046 5.1.5
			}
		}
	}
	var dp map[string]string
	p.disposition, dp = mediaParams(h.get("content-disposition"), r.hint)
	p.name = fileName(firstOf(dp["filename"], dp["name"], p.params["name"], p.params["filename"]))
	p.described = h.has("content-description")
	p.cid = strings.Trim(strings.TrimSpace(decodeText(h.get("content-id"), "")), "<>")
	p.location = decodeText(h.get("content-location"), "")
	switch {
	case strings.HasPrefix(p.kind, "multipart/"):
		r.multipart(p, depth)
	case r.count < maxParts && isOpaque(p) && !inOpaque(p):
		if inner := signedContent(p.content()); inner != nil {
			p.warn("signature_unchecked")
			h, body := splitHeader(inner)
			p.children = []*part{r.entity(h, body, p, depth+1)}
		}
	}
	return p
}

func (r *reader) multipart(p *part, depth int) {
	boundary := p.params["boundary"]
	if boundary == "" || !bytes.Contains(p.body, []byte("--"+boundary)) {
		boundary = sniffBoundary(p.body)
	}
	if boundary == "" || depth >= maxDepth {
		p.kind = "text/plain"
		p.warn("boundary_missing")
		if depth >= maxDepth {
			p.kind = "application/octet-stream"
			p.warn("nested_too_deep")
		}
		return
	}
	for _, chunk := range splitParts(p.body, boundary, maxParts-r.count) {
		if r.count >= maxParts {
			p.warn("too_many_parts")
			break
		}
		h, body := splitHeader(chunk)
		if len(h) > 0 && blankFirst(chunk) && !strings.HasPrefix(h[0].name, "content-") {
			h = nil // "<name@host>:" in the words of a part without a header is no field
		}
		if len(h) == 0 {
			// No header at all: the writer forgot the blank line that says so.
			body = bytes.TrimLeft(chunk, "\r\n")
			if len(bytes.TrimSpace(body)) == 0 {
				continue
			}
		}
		p.children = append(p.children, r.entity(h, body, p, depth+1))
	}
	if len(p.children) == 0 {
		p.kind = "text/plain"
	}
}

// blankFirst reports whether b begins with an empty line, as a part without a header does (RFC 2046 5.1).
func blankFirst(b []byte) bool { return len(b) > 0 && (b[0] == '\n' || b[0] == '\r') }

// sniffBoundary finds the delimiter of a multipart whose parameter is missing or wrong: the first line that starts
// with -- and is followed by a header field.
func sniffBoundary(body []byte) string {
	for rest, n := body, 0; len(rest) > 0 && n < 200; n++ {
		line, next := cutLine(rest)
		if bytes.HasPrefix(line, []byte("--")) && len(line) > 4 && !bytes.ContainsRune(line, ' ') && looksLikeField(next) {
			return string(bytes.TrimRight(line[2:], " \t"))
		}
		rest = next
	}
	return ""
}

// splitParts cuts a multipart body at its delimiter lines (RFC 2046 5.1.1). Preamble and epilogue are dropped; a
// missing end is forgiven.
func splitParts(body []byte, boundary string, limit int) [][]byte {
	delimiter := []byte("--" + boundary)
	var out [][]byte
	start := -1
	for pos := 0; pos < len(body) && len(out) < max(limit, 1); {
		end := bytes.IndexByte(body[pos:], '\n')
		next := len(body)
		if end >= 0 {
			next = pos + end + 1
		}
		line := body[pos:next]
		if bytes.HasPrefix(line, delimiter) {
			tail := bytes.TrimSpace(line[len(delimiter):])
			closing := bytes.Equal(tail, []byte("--"))
			if len(tail) == 0 || closing {
				if start >= 0 {
					out = append(out, trimLineEnd(body[start:pos]))
				}
				start = next
				if closing {
					return out
				}
			}
		}
		pos = next
	}
	if start >= 0 && start < len(body) {
		out = append(out, body[start:])
	}
	return out
}

// trimLineEnd drops the line end that belongs to the delimiter.
func trimLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// content is the part's bytes without the transfer encoding.
func (p *part) content() []byte {
	switch transferEncoding(p.header.get("content-transfer-encoding")) {
	case "base64":
		out, ok := strictBase64(p.body)
		if !ok {
			p.warn("base64_damaged")
			if unencoded(p.body) {
				return p.body
			}
			out = looseBase64(p.body)
		}
		return out
	case "quoted-printable":
		return decodeQP(p.body)
	case "uuencode":
		if _, files := cutUU(string(p.body)); len(files) == 1 {
			return files[0].Data
		}
	}
	return p.body
}

// transferEncoding reads the name of an encoding as it is written: `"base64"`, `quoted printable;`, `x-uue`.
func transferEncoding(v string) string {
	v = lowerName(strings.TrimSpace(v))
	switch {
	case v == "", v == "7bit", v == "8bit", v == "binary":
		return ""
	case v == "base64" || strings.Contains(v, "base64"):
		return "base64"
	case strings.HasPrefix(strings.Trim(v, `"' `), "quoted"):
		return "quoted-printable"
	case strings.Contains(v, "uue") || strings.Contains(v, "uuencode"):
		return "uuencode"
	}
	return ""
}

// decodeQP reads strictly when it can and leniently when it must.
func decodeQP(b []byte) []byte {
	out, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(b)))
	if err == nil {
		return out
	}
	out = out[:0]
	for i := 0; i < len(b); i++ {
		if b[i] != '=' {
			out = append(out, b[i])
			continue
		}
		j := i + 1
		for j < len(b) && (b[j] == ' ' || b[j] == '\t' || b[j] == '\r') {
			j++
		}
		switch {
		case j < len(b) && b[j] == '\n': // soft line break
			i = j
		case i+2 < len(b) && unhex(b[i+1]) >= 0 && unhex(b[i+2]) >= 0:
			out = append(out, byte(unhex(b[i+1])<<4|unhex(b[i+2])))
			i += 2
		default:
			out = append(out, '=')
		}
	}
	return out
}

// text is the part's content as UTF-8.
func (p *part) text() string {
	b := p.content()
	label := p.params["charset"]
	if p.kind == "text/html" && (label == "" || strings.EqualFold(label, "us-ascii")) {
		if meta := metaCharset(b); meta != "" {
			label = meta
		}
	}
	if name := charsetName(label); name != "" && !allASCII(b) && !knownCharset(name) {
		p.warn("charset_unknown: %s", name)
	}
	return decodeCharset(label, b)
}

// metaCharset finds <meta … charset=x> near the start of a page.
func metaCharset(b []byte) string {
	head := bytes.ToLower(b[:min(len(b), 2048)])
	i := bytes.Index(head, []byte("charset="))
	if i < 0 || !bytes.Contains(head[:i], []byte("<meta")) {
		return ""
	}
	v := bytes.TrimLeft(head[i+len("charset="):], `"' `)
	if j := bytes.IndexAny(v, `"'> ;/`); j >= 0 {
		return string(v[:j])
	}
	return ""
}

// walk visits p and everything in it, depth first.
func (p *part) walk(visit func(*part)) {
	visit(p)
	for _, c := range p.children {
		c.walk(visit)
	}
}

func firstOf(ss ...string) string {
	for _, s := range ss {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}
