package email

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// ladder guesses: UTF-8, ISO-2022-JP by its escapes, then the charsets of East Asia by their frequent characters,
// windows-1251, windows-1252.
func ladder(b []byte) string {
	if utf8.Valid(b) {
		if bytes.Contains(b, []byte("\x1b$")) {
			if out, err := lookup("iso-2022-jp").NewDecoder().Bytes(b); err == nil && utf8.Valid(out) {
				return clean(string(out))
			}
		}
		return cleanValid(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
	}
	out, err := guess(b).NewDecoder().Bytes(b)
	if err != nil {
		return clean(strings.ToValidUTF8(string(b), "\ufffd"))
	}
	return clean(string(out))
}

// guess finds the charset of bytes that are not UTF-8.
func guess(b []byte) encoding.Encoding {
	if enc := alphabet(b); enc != nil {
		return enc
	}
	s := score(b)
	switch {
	case s.kana >= 0.4 && s.kana >= s.gb:
		return japanese.ShiftJIS
	case s.eucKana >= 0.25 && s.gb < 0.9:
		return japanese.EUCJP
	case s.korean:
		return korean.EUCKR
	case s.gb >= 0.6 && s.gb >= s.big5:
		return simplifiedchinese.GB18030
	case s.big5 >= 0.6:
		return traditionalchinese.Big5
	case s.cyrillic:
		return charmap.Windows1251
	}
	return charmap.Windows1252
}

// script is a charset of one byte a letter, beyond the Latin ones, with the letters its languages use most.
type script struct {
	enc      *charmap.Charmap
	frequent string
	least    float64 // share of all letters that the frequent ones make up, at least
}

var scripts = []script{
	{charmap.Windows1251, "оеаинтсрвлкм", 0.6},
	{charmap.KOI8U, "оеаинтсрвлкм", 0.6},
	{charmap.ISO8859_5, "оеаинтсрвлкм", 0.6},
	{charmap.Windows1253, "αοιετσνηυρςπκάέίόύή", 0.65},
	{charmap.Windows1255, "יוהלאמרתבנש", 0.6},
	{charmap.Windows1256, "المنويترهبع", 0.6},
	{charmap.ISO8859_6, "المنويترهبع", 0.6},
	{charmap.Windows874, "านรอกเง่้มยลวดทสัีิตป็คหแไบ", unlikely},
}

// unlikely is a share of frequent letters that no text of East Asia reaches, whatever the length of its words: Thai has
// no blanks between them.
const unlikely = 0.8

// alphabet knows sentences in a script of single bytes by their letters; nil when they are none. Such words are as often
// of odd as of even length, which those of East Asia (two bytes each) are not.
func alphabet(b []byte) encoding.Encoding {
	var count [256]int
	high, low, runs, odd, run := 0, 0, 0, 0, 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && b[i] >= 0x80 {
			count[b[i]]++
			high++
			run++
			continue
		}
		if run > 0 {
			runs++
			odd += run & 1
			run = 0
		}
		if i < len(b) && isLetter(b[i]) {
			low++
		}
	}
	if high < 8 || low > high {
		return nil
	}
	paired := runs < 3 || odd*5 < runs
	var best encoding.Encoding
	most := 0.0
	for _, s := range scripts {
		n := 0
		for _, r := range s.frequent {
			if c, ok := s.enc.EncodeRune(r); ok {
				n += count[c]
			}
		}
		if share := float64(n) / float64(high); share >= s.least && share > most && !(paired && s.least < unlikely) {
			best, most = s.enc, share
		}
	}
	return best
}

// likeness is how much a text looks like a charset, each the share of its bytes beyond ASCII that read as frequent characters of a charset.
type likeness struct {
	gb       float64 // GB 2312, level 1 (B0–D7) and punctuation
	big5     float64 // Big5, level 1 (A4–C6) and punctuation
	kana     float64 // Shift_JIS kana
	eucKana  float64 // EUC-JP kana
	korean   bool    // EUC-KR: nothing but Hangul, which in GB 2312 would be the first half of the syllables alone
	cyrillic bool    // long runs of windows-1251 letters
}

func score(b []byte) (s likeness) {
	high, low, upper, run, longest := 0, 0, 0, 0, 0
	for _, c := range b {
		if c < 0x80 {
			run = 0
			if isLetter(c) {
				low++
			}
			continue
		}
		high++
		run++
		longest = max(longest, run)
		if c >= 0xc0 {
			upper++
		}
	}
	if longest < 2 {
		return likeness{}
	}
	share := func(is func(a, c byte) bool) float64 { return 2 * float64(pairs(b, is)) / float64(high) }
	trail := func(c byte) bool { return c >= 0xa1 && c != 0xff }
	s.gb = share(func(a, c byte) bool { return (a >= 0xb0 && a <= 0xd7 || a >= 0xa1 && a <= 0xa3) && trail(c) })
	s.big5 = min(1, 0.8*share(func(a, c byte) bool {
		return a >= 0xa1 && a <= 0xc6 && (c >= 0x40 && c <= 0x7e || trail(c))
	}))
	s.kana = share(func(a, c byte) bool {
		return (a == 0x82 && c >= 0x9f && c <= 0xf1) || a == 0x83 && c >= 0x40 && c <= 0x96
	})
	s.eucKana = share(func(a, c byte) bool { return (a == 0xa4 || a == 0xa5) && trail(c) })
	hangul := pairs(b, func(a, c byte) bool { return a >= 0xb0 && a <= 0xc8 && trail(c) })
	s.korean = hangul >= 6 && float64(2*hangul) >= 0.9*float64(high)
	s.cyrillic = longest >= 3 && upper*10 >= high*9 && high >= low
	return s
}

func pairs(b []byte, frequent func(a, c byte) bool) int {
	n := 0
	for i := 0; i+1 < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if frequent(b[i], b[i+1]) {
			n++
		}
		i++
	}
	return n
}

func hasHan(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r >= 0x3000 && r <= 0x9fff {
			return true
		}
		b = b[n:]
	}
	return false
}
