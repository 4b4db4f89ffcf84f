package email

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"yingda/desk"
)

// collector walks the tree once and sorts its leaves into words and files.
type collector struct {
	limits   Limits
	pieces   []words
	files    []*part
	loose    []File // of a winmail.dat, or uuencoded
	fallback words  // what a winmail.dat says
	cids     map[string]bool

	keepWhole bool
	whole     words // the body in one piece
	forward   bool  // the mail passes another one on
}

// words are one stretch of text: in either form or both.
type words struct{ text, html string }

// gather sorts p.
func (c *collector) gather(p *part) {
	switch {
	case p.kind == "multipart/alternative" && len(p.children) > 0:
		c.alternative(p)
	case strings.HasPrefix(p.kind, "multipart/"):
		for _, child := range p.children {
			c.gather(child)
		}
	case isWords(p):
		c.add(p)
	case len(p.children) > 0: // signed: the words in it, and the object as it came
		c.files = append(c.files, p)
		c.gather(p.children[0])
	case isWinmail(p) && c.winmail(p):
	default:
		c.files = append(c.files, p)
	}
}

func isWinmail(p *part) bool {
	return p.kind == "application/ms-tnef" || p.kind == "application/vnd.ms-tnef" || strings.EqualFold(p.name, "winmail.dat")
}

// winmail puts the files of a winmail.dat in its place; false when it is none and stays a file.
func (c *collector) winmail(p *part) bool {
	t, ok := readTNEF(p.content())
	if !ok {
		p.warn("winmail_unreadable")
		return false
	}
	for _, f := range t.files {
		kind := firstOf(f.kind, "application/octet-stream")
		c.loose = append(c.loose, File{
			Attachment: desk.Attachment{Name: firstOf(fileName(f.name), "attachment"+extension(kind)), ContentType: kind, ContentID: f.cid}, Data: f.data,
		})
	}
	c.fallback = joinWords(c.fallback, words{text: clip(t.text, c.limits.Text), html: clip(t.html, c.limits.Text)})
	return true
}

// lastResort finds words for a mail that has none of the usual kind: those of a winmail.dat, of an invitation, of a
// report, of a text that came as a named part.
func (c *collector) lastResort() {
	for _, w := range c.pieces {
		if strings.TrimSpace(w.text) != "" || strings.TrimSpace(w.html) != "" {
			return
		}
	}
	if c.fallback != (words{}) {
		c.pieces = append(c.pieces, c.fallback)
		return
	}
	for _, p := range c.files {
		if p.kind == "text/calendar" || p.kind == "application/ics" {
			if text := calendarText(p.text()); text != "" {
				c.pieces = append(c.pieces, words{text: text})
				return
			}
		}
	}
	for _, p := range c.files { // some systems put the words of a report among its fields, and write no others
		if p.kind == "message/delivery-status" {
			c.pieces = append(c.pieces, words{text: clip(p.text(), c.limits.Text)})
		}
	}
	if len(c.pieces) > 0 {
		return
	}
	for i, p := range c.files {
		if (p.kind == "text/plain" || p.kind == "text/html") && p.disposition != "attachment" && len(c.files) == 1 {
			c.files = append(c.files[:i:i], c.files[i+1:]...)
			c.add(p)
			return
		}
	}
}

func joinWords(a, b words) words {
	return words{text: joinText(a.text, b.text), html: joinText(a.html, b.html)}
}

func isWords(p *part) bool {
	return (p.kind == "text/plain" || p.kind == "text/html" || isSecondBest(p.kind)) && p.disposition != "attachment" && p.name == ""
}

// isSecondBest knows forms of a text that are shown only where nothing plainer is.
func isSecondBest(kind string) bool {
	return kind == "text/enriched" || kind == "text/richtext" || kind == "text/markdown" || kind == "text/x-amp-html" || kind == "text/watch-html"
}

func (c *collector) add(p *part) {
	text := clip(p.text(), c.limits.Text)
	if p.kind == "text/html" {
		c.pieces = append(c.pieces, words{html: text})
		return
	}
	if p.kind == "text/enriched" || p.kind == "text/richtext" {
		text = enrichedText(text)
	}
	text, files := cutUU(text)
	c.loose = append(c.loose, files...)
	if p.params["format"] == "flowed" {
		text = unflow(text, strings.EqualFold(p.params["delsp"], "yes"))
	}
	c.pieces = append(c.pieces, words{text: text})
}

// alternative takes the best of each form; files that stand among the forms are kept.
func (c *collector) alternative(p *part) {
	inner := &collector{limits: c.limits, cids: c.cids}
	better := slices.ContainsFunc(p.children, func(c *part) bool { return isWords(c) && !isSecondBest(c.kind) })
	for _, child := range p.children {
		if !better || !isSecondBest(child.kind) || !isWords(child) {
			inner.gather(child)
		}
	}
	var w words
	for _, piece := range inner.pieces {
		w = joinWords(w, piece)
	}
	c.fallback = joinWords(c.fallback, inner.fallback)
	if w.text != "" || w.html != "" {
		c.pieces = append(c.pieces, w)
	}
	c.files = append(c.files, inner.files...)
	c.loose = append(c.loose, inner.loose...)
}

// enrichedText is the words of RFC 1896 text: tags and their parameters off, "<<" is "<", single line ends are blanks.
func enrichedText(s string) string {
	var b strings.Builder
	param := false
	for len(s) > 0 {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			i = len(s)
		}
		if !param {
			b.WriteString(s[:i])
		}
		if s = s[i:]; strings.HasPrefix(s, "<<") {
			b.WriteByte('<')
			s = s[2:]
			continue
		}
		end := strings.IndexByte(s[:min(len(s), 64)], '>')
		if end < 0 {
			b.WriteString(s[:min(len(s), 1)])
			s = s[min(len(s), 1):]
			continue
		}
		tag := strings.ToLower(s[:end+1])
		param = tag == "<param>" || param && tag != "</param>"
		s = s[end+1:]
	}
	lines := strings.Split(b.String(), "\n\n")
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "\n", " ")
	}
	return strings.Join(lines, "\n")
}

func joinText(a, b string) string {
	if strings.TrimSpace(a) == "" {
		return b
	}
	if strings.TrimSpace(b) == "" {
		return a
	}
	return a + "\n" + b
}

// unflow joins soft lines (RFC 3676 4.2).
func unflow(s string, delsp bool) string {
	lines := strings.Split(s, "\n")
	var b strings.Builder
	for i, l := range lines {
		soft := strings.HasSuffix(l, " ") && l != "-- " && i+1 < len(lines) && strings.HasPrefix(lines[i+1], ">") == strings.HasPrefix(l, ">")
		if soft && strings.HasPrefix(l, ">") {
			soft = false // quoted lines stay lines: they are folded anyway
		}
		l = strings.TrimPrefix(l, " ") // space-stuffing
		if soft && delsp {
			l = strings.TrimSuffix(l, " ")
		}
		b.WriteString(l)
		if !soft && i+1 < len(lines) {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// saysMore reports whether the plain form of a mail is the text, not its page: where the page only holds pictures or
// a line that says so.
func saysMore(text string, page *html.Node, onPage string) bool {
	n := len(strings.TrimSpace(text))
	return n > 4*len(onPage) || n > 0 && len(onPage) < 4*n && strings.TrimSpace(wordsOf(page)) == ""
}

func isPicture(n *html.Node) bool { return n.Data == "img" && attr(n, "src") != "" }

// attachments turns leaves into files. A picture the page shows by cid is inline whatever its disposition says
// (UP-E18); an "inline" file that nothing shows is a file.
func (c *collector) attachments() ([]desk.Attachment, []File) {
	var list []desk.Attachment
	var files []File
	add := func(f File) {
		if len(list) >= c.limits.Files {
			return
		}
		f.Name = unlike(f.Name, list)
		f.Size = int64(len(f.Data))
		if f.Size > c.limits.Attachment {
			f.Data = nil
		} else {
			sum := sha256.Sum256(f.Data)
			f.Blob = hex.EncodeToString(sum[:])
			files = append(files, f)
		}
		list = append(list, f.Attachment)
	}
	for _, p := range c.files {
		if c.machinery(p) {
			continue
		}
		shown := p.cid != "" && c.cids[p.cid] || p.location != "" && c.cids[p.location] || p.name != "" && c.cids[p.name]
		add(File{Attachment: desk.Attachment{Name: nameOf(p), ContentType: p.kind, Inline: shown, ContentID: p.cid}, Data: p.content()})
	}
	for _, f := range c.loose {
		add(f)
	}
	return list, files
}

// unlike is a name that no file of the list has: a second photo.jpg is photo-2.jpg.
func unlike(name string, list []desk.Attachment) string {
	taken := func(s string) bool {
		return slices.ContainsFunc(list, func(a desk.Attachment) bool { return strings.EqualFold(a.Name, s) })
	}
	if !strings.HasPrefix(name, "attachment") || !taken(name) {
		return name // names their writers gave are theirs
	}
	ext := path.Ext(name)
	for n := 2; ; n++ {
		if s := fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext); !taken(s) {
			return s
		}
	}
}

// machinery reports whether a nameless part is no file to anybody: the signature of a signed mail, the machine's half
// of a report, the second copy of an invitation. It stays in the raw mail.
func (c *collector) machinery(p *part) bool {
	if p.name != "" || p.described || p.parent == nil {
		return false
	}
	switch p.kind {
	case "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature":
		return p.parent.kind == "multipart/signed" && p.parent.children[0] != p
	case "message/delivery-status", "message/global-delivery-status", "message/disposition-notification", "message/feedback-report", "text/rfc822-headers":
		return p.parent.kind == "multipart/report"
	case "text/calendar":
		return slices.ContainsFunc(c.files, func(f *part) bool {
			return f != p && f.name != "" && (f.kind == "application/ics" || f.kind == "text/calendar")
		})
	}
	return false
}

// nameOf is a file's name, or one made from what is known.
func nameOf(p *part) string {
	if p.name != "" {
		return p.name
	}
	if p.described {
		if s := fileName(decodeText(p.header.get("content-description"), "")); s != "" {
			return strings.TrimSuffix(s, extension(p.kind)) + extension(p.kind)
		}
	}
	if p.kind == "message/rfc822" {
		h, _ := splitHeader(p.content())
		if s := fileName(h.text("subject", "")); s != "" {
			return s + ".eml"
		}
		return "message.eml"
	}
	return "attachment" + extension(p.kind)
}

// extension knows the usual ones; the system's table would differ from machine to machine.
func extension(kind string) string {
	common := map[string]string{
		"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "text/plain": ".txt", "text/html": ".html",
		"text/calendar": ".ics", "message/rfc822": ".eml", "application/pdf": ".pdf", "application/zip": ".zip", "message/delivery-status": ".txt",
		"text/rfc822-headers": ".txt", "application/ms-tnef": ".dat", "audio/mpeg": ".mp3", "text/csv": ".csv", "text/vcard": ".vcf",
	}
	if e, ok := common[kind]; ok {
		return e
	}
	return ".bin"
}
