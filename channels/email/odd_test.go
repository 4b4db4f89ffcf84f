package email

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Scripts of one byte a letter are known by their letters where nobody says what they are, and words of East Asia are
// not taken for them (UP-E15).
func TestUnlabelledAlphabets(t *testing.T) {
	t.Parallel()
	const (
		russian = "Здравствуйте! Мой заказ 1042 до сих пор не пришёл, пожалуйста, разберитесь."
		greek   = "Καλημέρα, η παραγγελία μου δεν έφτασε ακόμη. Παρακαλώ ελέγξτε."
		hebrew  = "שלום, ההזמנה שלי עדיין לא הגיעה. אנא בדקו את העניין."
		arabic  = "مرحبا، لم يصل طلبي حتى الآن. يرجى التحقق من ذلك."
		thai    = "สวัสดีครับ สินค้าที่สั่งยังไม่มาถึง กรุณาตรวจสอบ"
		chinese = "您好，我的订单编号是 1042，一直没有发货，请尽快处理。谢谢！张三"
		hangul  = "안녕하세요. 주문번호 1042 상품이 아직 도착하지 않았습니다. 빨리 처리해 주세요."
	)
	for _, c := range []struct {
		words string
		enc   encoding.Encoding
	}{
		{russian, charmap.Windows1251},
		{russian, charmap.KOI8R},
		{russian, charmap.ISO8859_5},
		{"Доброго дня! Моє замовлення досі не надійшло, будь ласка, перевірте.", charmap.KOI8U},
		{greek, charmap.Windows1253},
		{greek, charmap.ISO8859_7},
		{hebrew, charmap.Windows1255},
		{arabic, charmap.Windows1256},
		{arabic, charmap.ISO8859_6},
		{thai, charmap.Windows874},
		{chinese, simplifiedchinese.GBK},
		{hangul, korean.EUCKR},
		{"Guten Tag, meine Bestellung für Müller ist nicht angekommen.", charmap.Windows1252},
	} {
		m := parse(t, "From: a@b.example\nSubject: x\n\n"+in(t, c.enc, c.words), Options{})
		if m.Message.Body.Text != c.words {
			t.Errorf("%v: got %q, want %q", c.enc, m.Message.Body.Text, c.words)
		}
	}
	// Few letters of Turkish look like Cyrillic ones; the ASCII among them says that they are not.
	m := parse(t, "From: a@b.example\n\n"+in(t, charmap.Windows1254, "Merhaba, sipariş gelmedi. Lütfen ilgilenin: ığüşöç"), Options{})
	if strings.ContainsFunc(m.Message.Body.Text, func(r rune) bool { return r >= 0x400 && r < 0x500 }) {
		t.Errorf("got %q, want Latin letters", m.Message.Body.Text)
	}
}

// Charsets the libraries do not know.
func TestRareCharsets(t *testing.T) {
	t.Parallel()
	wide := in(t, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "您好")
	for label, raw := range map[string]string{
		"utf-32":      wide,
		"iso-2022-kr": "\x1b$)C\x0e" + low7(in(t, korean.EUCKR, "안녕")) + "\x0f",
	} {
		want := map[string]string{"utf-32": "您好", "iso-2022-kr": "안녕"}[label]
		m := parse(t, "From: a@b.example\nSubject: =?"+label+"?B?"+base64.StdEncoding.EncodeToString([]byte(raw))+"?=\nContent-Type: text/plain; charset="+label+
			"\nContent-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString([]byte(raw)), Options{})
		if m.Message.Subject != want || m.Message.Body.Text != want {
			t.Errorf("%s: got %q and %q, want %q", label, m.Message.Subject, m.Message.Body.Text, want)
		}
	}
}

// low7 takes the high bit off every byte.
func low7(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] &= 0x7f
	}
	return string(b)
}

// A transfer encoding that is named and not used, and what gateways put below one that is.
func TestEncodingsThatLie(t *testing.T) {
	t.Parallel()
	coded := base64.StdEncoding.EncodeToString([]byte("第一，第二"))
	for name, c := range map[string]struct{ body, want string }{
		"plain words":             {"Hello, this is not encoded at all.\nYours, Li\n", "Hello, this is not encoded at all.\nYours, Li"},
		"plain Chinese":           {"您好，这不是编码。\n谢谢\n", "您好，这不是编码。\n谢谢"},
		"a footer, no padding":    {coded + "\n\n_____\nlist mailing list\n", "第一，第二"},
		"a footer of plain words": {coded + "\n\nThis mail was checked\n", "第一，第二"},
		"a stray sign":            {coded[:4] + "!" + coded[4:] + "\n", "第一，第二"},
		"an empty line amid":      {coded[:8] + "\n\n" + coded[8:] + "\n", "第一，第二"},
	} {
		m := parse(t, "From: a@b.example\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"+c.body, Options{})
		if m.Message.Body.Text != c.want {
			t.Errorf("%s: got %q, want %q", name, m.Message.Body.Text, c.want)
		}
	}
}

func TestCommaInEncodedName(t *testing.T) {
	t.Parallel()
	m := parse(t, "From: =?utf-8?Q?Doe,_John?= <john@customer.example>\nTo: =?utf-8?Q?Roe;_Jane?= <jane@firm.example>, =?broken, b@firm.example\n\nhi", Options{})
	if m.FromName != "Doe, John" || m.From.Value != "john@customer.example" {
		t.Errorf("got %q <%s>, want Doe, John", m.FromName, m.From.Value)
	}
	if to := m.Message.To; len(to) != 2 || to[0].Name != "Roe; Jane" || to[1].Address != "b@firm.example" {
		t.Errorf("got %+v, want Roe; Jane and b", to)
	}
}

// tlv is a BER value of known length, or of unknown when open.
func tlv(tag byte, open bool, content string) string {
	if open {
		return string([]byte{tag, 0x80}) + content + "\x00\x00"
	}
	n := len(content)
	return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + content
}

// Mails that are signed are read, whichever way (S/MIME opaque, OpenPGP in the clear); the object stays a file.
func TestSignedMailIsRead(t *testing.T) {
	t.Parallel()
	const inner = "Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n您好，这是签名邮件。\r\n--q\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nPDF\r\n--q--\r\n"
	for name, octets := range map[string]string{
		"one piece":      tlv(0xa0, false, tlv(0x04, false, inner)),
		"pieces":         tlv(0xa0, true, tlv(0x24, true, tlv(0x04, false, inner[:50])+tlv(0x04, false, inner[50:]))),
		"counted pieces": tlv(0xa0, false, tlv(0x24, false, tlv(0x04, false, inner[:99])+tlv(0x04, false, inner[99:]))),
	} {
		object := tlv(0x30, false, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"+tlv(0xa0, false, tlv(0x30, false, "\x02\x01\x01\x31\x00"+tlv(0x30, false, string(dataOID)+octets))))
		raw := fmt.Sprintf("From: a@b.example\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n%s\n", base64.StdEncoding.EncodeToString([]byte(object)))
		m := parse(t, raw, Options{})
		if m.Message.Body.Text != "您好，这是签名邮件。" || len(m.Files) != 2 || m.Files[0].Name != "smime.p7m" || m.Files[1].Name != "a.pdf" {
			t.Errorf("%s: got %q and %+v", name, m.Message.Body.Text, m.Message.Attachments)
		}
		if r := Read([]byte(raw)); !slices.Contains(r.Warnings, "signature_unchecked") {
			t.Errorf("%s: got warnings %v, want it said that nobody judged the signature", name, r.Warnings)
		}
		for n := range object { // cut anywhere: no panic, and the file is kept
			cut := strings.Replace(raw, base64.StdEncoding.EncodeToString([]byte(object)), base64.StdEncoding.EncodeToString([]byte(object[:n])), 1)
			if m := parse(t, cut, Options{}); len(m.Files) == 0 || m.Files[0].Name != "smime.p7m" {
				t.Fatalf("%s cut at %d: got %+v", name, n, m.Message.Attachments)
			}
		}
	}
	b := parse(t, "From: a@b.example\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nPlease call me back.\n\n- -- \nLi Lei\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n-----END PGP SIGNATURE-----\n", Options{}).Message.Body
	if b.Text != "Please call me back." || !strings.Contains(b.Signature, "Li Lei") || !strings.Contains(b.Signature, "iQEzBAEB") {
		t.Errorf("got %+v", b)
	}
}
