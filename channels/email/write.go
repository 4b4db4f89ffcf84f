package email

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"strings"

	"yingda/desk"
)

// node is one part to be written.
type node struct {
	kind     string
	text     string
	file     *desk.Attachment
	children []node
}

func (c Composer) write(ctx context.Context, w io.Writer, n node, id, path string) error {
	switch {
	case n.file != nil:
		return c.writeFile(ctx, w, *n.file)
	case len(n.children) == 0:
		return writeText(w, n)
	}
	sum := sha256.Sum256([]byte(id + "/" + path))
	boundary := "=_" + hex.EncodeToString(sum[:12]) // "=_" stands in no quoted-printable and no base64 text
	extra := ""
	if n.kind == "multipart/related" {
		extra = `; type="text/html"`
	}
	if _, err := fmt.Fprintf(w, "Content-Type: %s;\r\n boundary=\"%s\"%s\r\n\r\n", n.kind, boundary, extra); err != nil {
		return fmt.Errorf("write part: %w", err)
	}
	for i, child := range n.children {
		if _, err := fmt.Fprintf(w, "--%s\r\n", boundary); err != nil {
			return fmt.Errorf("write part: %w", err)
		}
		if err := c.write(ctx, w, child, id, fmt.Sprintf("%s.%d", path, i+1)); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(w, "--%s--\r\n", boundary); err != nil {
		return fmt.Errorf("write part: %w", err)
	}
	return nil
}

// writeText chooses the encoding that stays readable where it can: quoted-printable for mostly ASCII, else base64.
func writeText(w io.Writer, n node) error {
	s := strings.ReplaceAll(strings.ReplaceAll(n.text, "\r\n", "\n"), "\n", "\r\n")
	high := 0
	for i := range len(s) {
		if s[i] >= 0x80 {
			high++
		}
	}
	encoding := "quoted-printable"
	if high*6 > len(s) {
		encoding = "base64"
	}
	b := &bytes.Buffer{}
	fmt.Fprintf(b, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n", n.kind, encoding)
	if encoding == "base64" {
		e := base64.NewEncoder(base64.StdEncoding, &lines76{w: b})
		_, _ = io.WriteString(e, s) // into memory
		_ = e.Close()
	} else {
		q := quotedprintable.NewWriter(b)
		_, _ = io.WriteString(q, s)
		_ = q.Close()
	}
	b.WriteString("\r\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	return nil
}

// writeFile streams one attachment from the blob store.
func (c Composer) writeFile(ctx context.Context, w io.Writer, a desk.Attachment) error {
	kind := a.ContentType
	if kind == "" || strings.ContainsAny(kind, "\r\n;\"") || strings.HasPrefix(kind, "multipart/") {
		kind = "application/octet-stream"
	}
	disposition := "attachment"
	if a.Inline && a.ContentID != "" {
		disposition = "inline"
	}
	name := fileName(a.Name)
	if name == "" {
		name = "attachment"
	}
	b := &bytes.Buffer{}
	// The name stands three times: QQ and old Outlook read RFC 2047 in name= and filename=, everybody else RFC 2231
	// (UP-E15: "tcmime.xxxx.bin").
	old := quotedOrEncoded(name)
	fmt.Fprintf(b, "Content-Type: %s;\r\n name=%s\r\nContent-Transfer-Encoding: base64\r\n", kind, old)
	fmt.Fprintf(b, "Content-Disposition: %s;\r\n filename=%s", disposition, old)
	if !isASCII(name) {
		fmt.Fprintf(b, ";\r\n filename*=UTF-8''%s", strings.ReplaceAll(url.QueryEscape(name), "+", "%20"))
	}
	b.WriteString("\r\n")
	if a.ContentID != "" {
		fmt.Fprintf(b, "Content-ID: <%s>\r\n", strings.Trim(oneLine(a.ContentID), "<>"))
	}
	b.WriteString("\r\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	r, err := c.Blobs.Open(ctx, a.Blob)
	if err != nil {
		return fmt.Errorf("open file %s: %w", a.Name, err)
	}
	defer func() { _ = r.Close() }() // read only
	e := base64.NewEncoder(base64.StdEncoding, &lines76{w: w})
	if _, err := io.Copy(e, r); err != nil {
		return fmt.Errorf("write file %s: %w", a.Name, err)
	}
	if err := e.Close(); err != nil {
		return fmt.Errorf("write file %s: %w", a.Name, err)
	}
	_, err = io.WriteString(w, "\r\n")
	if err != nil {
		return fmt.Errorf("write file %s: %w", a.Name, err)
	}
	return nil
}

// lines76 breaks base64 into lines (RFC 2045 6.8).
type lines76 struct {
	w   io.Writer
	col int
}

// Write writes p with line ends after every 76th byte.
func (l *lines76) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 {
		if l.col == 76 {
			if _, err := io.WriteString(l.w, "\r\n"); err != nil {
				return n, err //nolint:wrapcheck // an io.Writer passes errors on
			}
			l.col = 0
		}
		k := min(76-l.col, len(p))
		if _, err := l.w.Write(p[:k]); err != nil {
			return n, err //nolint:wrapcheck // an io.Writer passes errors on
		}
		l.col, p, n = l.col+k, p[k:], n+k
	}
	return n, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] < 0x20 {
			return false
		}
	}
	return true
}

// words2047 makes text fit for a header.
func words2047(s string) string {
	s = oneLine(s)
	if isASCII(s) && !strings.Contains(s, "=?") {
		return s
	}
	return mime.BEncoding.Encode("UTF-8", s)
}

func quotedOrEncoded(s string) string {
	if isASCII(s) && !strings.Contains(s, "=?") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return `"` + strings.ReplaceAll(mime.BEncoding.Encode("UTF-8", s), "?= =?", "?=\r\n =?") + `"`
}

func addressText(a desk.Address) string {
	addr := strings.Map(func(r rune) rune {
		if isControl(r) || r == '<' || r == '>' || r == ' ' {
			return -1
		}
		return r
	}, a.Address)
	name := strings.TrimSpace(oneLine(a.Name))
	switch {
	case name == "":
		return addr
	case isASCII(name) && !strings.Contains(name, "=?"):
		return quotedOrEncoded(name) + " <" + addr + ">"
	}
	return mime.BEncoding.Encode("UTF-8", name) + " <" + addr + ">"
}

func addressList(list []desk.Address) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = addressText(a)
	}
	return strings.Join(out, ", ")
}

// fold breaks a field at blanks so that lines stay under 78 where they can (RFC 5322 2.1.1).
func fold(line string) string {
	var b strings.Builder
	col := 0
	for i, w := range strings.Split(line, " ") {
		switch {
		case i == 0:
		case col+1+len(w) > 76:
			b.WriteString("\r\n ")
			col = 1
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(w)
		col += len(w)
	}
	b.WriteString("\r\n")
	return b.String()
}
