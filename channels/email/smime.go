package email

import (
	"bytes"
	"strings"
)

// A mail signed "opaquely" (RFC 8551 3.5.2, as Outlook does by choice) carries its words inside a CMS object. What is
// signed is taken out and read; the signature itself is judged by nobody here, and the object stays a file.

// dataOID is the type of what is signed, as it stands in the object (RFC 5652 4).
var dataOID = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01}

const (
	berExplicit    = 0xa0 // [0], constructed
	berOctets      = 0x04
	berOctetPieces = 0x24
	berMaxPieces   = 100_000
)

// isOpaque reports whether p is a signed, not an encrypted, object.
func isOpaque(p *part) bool {
	if p.kind != "application/pkcs7-mime" && p.kind != "application/x-pkcs7-mime" {
		return false
	}
	kind := strings.ToLower(p.params["smime-type"])
	return kind == "" || kind == "signed-data"
}

// inOpaque reports whether p stands inside another object: one is opened, so that a mail takes no more memory than it
// may.
func inOpaque(p *part) bool {
	for q := p.parent; q != nil; q = q.parent {
		if isOpaque(q) {
			return true
		}
	}
	return false
}

// signedContent is the MIME entity inside an object; nil when it cannot be found: encrypted, compressed, broken.
func signedContent(b []byte) []byte {
	i := bytes.Index(clipBytes(b, 4096), dataOID)
	if i < 0 {
		return nil
	}
	rest, tag, _, ok := berHead(b[i+len(dataOID):])
	if !ok || tag != berExplicit {
		return nil
	}
	rest, tag, n, ok := berHead(rest)
	switch {
	case !ok:
		return nil
	case tag == berOctets && n >= 0:
		return rest[:min(n, len(rest))]
	case tag != berOctetPieces:
		return nil
	}
	if n >= 0 {
		rest = rest[:min(n, len(rest))]
	}
	out := make([]byte, 0, len(rest))
	for range berMaxPieces {
		var size int
		if rest, tag, size, ok = berHead(rest); !ok || tag != berOctets || size < 0 {
			break // the end mark of an object of unknown length among them
		}
		size = min(size, len(rest))
		out, rest = append(out, rest[:size]...), rest[size:]
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// berHead reads a tag and a length (X.690 8.1); size -1 is a length that only the end mark tells.
func berHead(b []byte) (rest []byte, tag byte, size int, ok bool) {
	if len(b) < 2 {
		return nil, 0, 0, false
	}
	tag, size, b = b[0], int(b[1]), b[2:]
	switch {
	case size < 0x80:
		return b, tag, size, true
	case size == 0x80:
		return b, tag, -1, true
	}
	digits := size & 0x7f
	if digits > 4 || digits > len(b) {
		return nil, 0, 0, false
	}
	size = 0
	for _, c := range b[:digits] {
		size = size<<8 | int(c)
	}
	return b[digits:], tag, size, size >= 0
}
