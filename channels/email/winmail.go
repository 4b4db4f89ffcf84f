package email

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// winmail.dat is how Outlook packs a mail for other Outlooks (MS-OXTNEF): a list of attributes, the files among them.
// What of it can be read is read; a broken one stays the file it is.

// tnefFile is one file of a winmail.dat.
type tnefFile struct {
	name, kind, cid string
	data            []byte
}

// tnef is what a winmail.dat holds.
type tnef struct {
	files      []tnefFile
	text, html string
	codepage   uint32
}

const (
	tnefSignature = 0x223e9f78
	tnefMaxFiles  = 200

	attBody        = 0x800c // the words, in the code page
	attRendering   = 0x9002 // opens the next file
	attTitle       = 0x8010
	attData        = 0x800f
	attAttachment  = 0x9005 // MAPI properties of the file
	attMessage     = 0x9003 // MAPI properties of the mail
	attOEMCodepage = 0x9007

	propBody         = 0x1000
	propHTML         = 0x1013
	propData         = 0x3701
	propName         = 0x3704
	propLongName     = 0x3707
	propMimeTag      = 0x370e
	propContentID    = 0x3712
	propInternetCode = 0x3fde
)

// readTNEF takes a winmail.dat apart; ok is false when it is none or breaks before its end. It copies no file: data
// are slices of b.
func readTNEF(b []byte) (t tnef, ok bool) {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != tnefSignature {
		return t, false
	}
	for b = b[6:]; len(b) > 0; {
		if len(b) < 11 {
			return t, len(strings.Trim(string(b), "\x00\r\n")) == 0
		}
		id := binary.LittleEndian.Uint16(b[1:])
		n := uint64(binary.LittleEndian.Uint32(b[5:]))
		if n > uint64(len(b)-11) {
			return t, false
		}
		t.attribute(id, b[9:9+n])
		b = b[9+n+2:] // the checksum: a wrong one makes no file better
	}
	return t, true
}

func (t *tnef) attribute(id uint16, data []byte) {
	switch id {
	case attOEMCodepage:
		if len(data) >= 4 {
			t.codepage = binary.LittleEndian.Uint32(data)
		}
	case attBody:
		t.text = t.words(data)
	case attMessage:
		t.properties(data, t.messageProperty)
	case attRendering:
		if len(t.files) < tnefMaxFiles {
			t.files = append(t.files, tnefFile{})
		}
	case attTitle:
		if f := t.current(); f.name == "" {
			f.name = t.words(data)
		}
	case attData:
		t.current().data = data
	case attAttachment:
		t.properties(data, t.fileProperty)
	}
}

// current is the file whose attributes are being read.
func (t *tnef) current() *tnefFile {
	if len(t.files) == 0 {
		t.files = append(t.files, tnefFile{})
	}
	return &t.files[len(t.files)-1]
}

func (t *tnef) messageProperty(id, kind uint16, v []byte) {
	switch {
	case id == propInternetCode && len(v) >= 4:
		t.codepage = binary.LittleEndian.Uint32(v)
	case id == propBody && t.text == "":
		t.text = t.string(kind, v)
	case id == propHTML && t.html == "":
		t.html = t.string(kind, v)
	}
}

func (t *tnef) fileProperty(id, kind uint16, v []byte) {
	f := t.current()
	switch id {
	case propLongName:
		f.name = firstOf(t.string(kind, v), f.name)
	case propName:
		f.name = firstOf(f.name, t.string(kind, v))
	case propMimeTag:
		f.kind = strings.ToLower(strings.TrimSpace(t.string(kind, v)))
	case propContentID:
		f.cid = strings.Trim(t.string(kind, v), "<> ")
	case propData:
		if f.data == nil {
			f.data = v
		}
	}
}

// The kinds of MAPI values that are read or measured (MS-OXCDATA 2.11.1).
const (
	typeString8 = 0x001e
	typeUnicode = 0x001f
	typeBinary  = 0x0102
	typeObject  = 0x000d
	manyValues  = 0x1000
)

// properties visits the values of a property list (MS-OXTNEF 2.1.3.4). It stops at the first thing that makes no sense.
func (t *tnef) properties(b []byte, visit func(id, kind uint16, v []byte)) {
	r := &tnefReader{b: b}
	for count := r.u32(); count > 0 && !r.bad && len(r.b) > 0; count-- {
		kind, id := r.u16(), r.u16()
		if id >= 0x8000 { // a named property
			r.take(16)
			if r.u32() == 0 {
				r.take(4)
			} else {
				r.padded(r.u32())
			}
		}
		many, base := kind&manyValues != 0, kind&^manyValues
		n := uint32(1)
		if many || isVariable(base) {
			n = r.u32()
		}
		for ; n > 0 && !r.bad && len(r.b) > 0; n-- {
			var v []byte
			if isVariable(base) {
				v = r.padded(r.u32())
			} else if size := fixedSize(base); size > 0 {
				v = r.padded(size)
			} else {
				return // out of step from here on
			}
			if !r.bad {
				visit(id, base, v)
			}
		}
	}
}

func isVariable(kind uint16) bool {
	return kind == typeString8 || kind == typeUnicode || kind == typeBinary || kind == typeObject
}

// fixedSize is how many bytes a value has; 0 for kinds nobody knows.
func fixedSize(kind uint16) uint32 {
	switch kind {
	case 0x0002, 0x000b:
		return 2
	case 0x0003, 0x0004, 0x000a:
		return 4
	case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040:
		return 8
	case 0x0048:
		return 16
	}
	return 0
}

// tnefReader reads little-endian values and remembers that they ran out.
type tnefReader struct {
	b   []byte
	bad bool
}

func (r *tnefReader) take(n uint32) []byte {
	if r.bad || uint64(n) > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

// padded takes n bytes and what fills them up to four; the very last may be cut short.
func (r *tnefReader) padded(n uint32) []byte {
	v := r.take(n)
	if rest := -n & 3; !r.bad {
		r.take(min(rest, uint32(len(r.b))))
	}
	return v
}

func (r *tnefReader) u16() uint16 {
	if v := r.take(2); v != nil {
		return binary.LittleEndian.Uint16(v)
	}
	return 0
}

func (r *tnefReader) u32() uint32 {
	if v := r.take(4); v != nil {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

func (t *tnef) string(kind uint16, v []byte) string {
	if kind != typeUnicode {
		return t.words(v)
	}
	units := make([]uint16, 0, len(v)/2)
	for ; len(v) >= 2; v = v[2:] {
		u := binary.LittleEndian.Uint16(v)
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return clean(string(utf16.Decode(units)))
}

// words reads an 8-bit string in the code page of the file.
func (t *tnef) words(v []byte) string {
	if i := strings.IndexByte(string(v), 0); i >= 0 {
		v = v[:i]
	}
	label := ""
	switch t.codepage {
	case 0, 1200, 20127: // none, or of strings that are Unicode anyway
	case 65001:
		label = "utf-8"
	default:
		if label = fmt.Sprintf("windows-%d", t.codepage); lookup(label) == nil {
			label = fmt.Sprintf("cp%d", t.codepage)
		}
	}
	return decodeCharset(label, v)
}
