package email

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// t0 says how winmailOf writes.
type t0 struct {
	long bool   // names as MAPI properties in Unicode, not in the code page
	body string // what the mail says
}

// winmailOf writes a winmail.dat as Outlook does (MS-OXTNEF).
func winmailOf(how t0, files ...tnefFile) []byte {
	b := binary.LittleEndian.AppendUint32(nil, tnefSignature)
	b = append(b, 1, 0)
	add := func(level byte, id uint16, data []byte) {
		b = append(b, level)
		b = binary.LittleEndian.AppendUint16(b, id)
		b = binary.LittleEndian.AppendUint16(b, 6)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		b = append(b, data...)
		sum := uint16(0)
		for _, c := range data {
			sum += uint16(c)
		}
		b = binary.LittleEndian.AppendUint16(b, sum)
	}
	add(1, attOEMCodepage, []byte{0xa8, 0x03, 0, 0, 0, 0, 0, 0}) // 936
	if how.body != "" {
		gb, _ := simplifiedchinese.GB18030.NewEncoder().String(how.body)
		add(1, attBody, append([]byte(gb), 0))
	}
	for _, f := range files {
		add(2, attRendering, make([]byte, 14))
		gb, _ := simplifiedchinese.GB18030.NewEncoder().String(f.name)
		if how.long {
			gb = "SHORT~1.TXT"
			var name []byte
			for _, u := range utf16.Encode([]rune(f.name + "\x00")) {
				name = binary.LittleEndian.AppendUint16(name, u)
			}
			p := binary.LittleEndian.AppendUint32(nil, 2)
			p = append(p, 0x03, 0x00, 0x05, 0x37, 1, 0, 0, 0) // PR_ATTACH_METHOD, a long
			p = append(p, typeUnicode, 0x00, 0x07, 0x37, 1, 0, 0, 0)
			p = binary.LittleEndian.AppendUint32(p, uint32(len(name)))
			p = append(p, name...)
			for len(p)%4 != 0 {
				p = append(p, 0)
			}
			add(2, attAttachment, p)
		}
		add(2, attTitle, append([]byte(gb), 0))
		add(2, attData, f.data)
	}
	return b
}

// UP-E15: the files that Outlook packed into a winmail.dat are there by their names, byte for byte.
func TestWinmail(t *testing.T) {
	t.Parallel()
	for _, long := range []bool{false, true} {
		dat := winmailOf(t0{long: long, body: "您好，合同在附件里"}, tnefFile{name: "合同.pdf", data: []byte("%PDF")}, tnefFile{name: "报价单 2024.xlsx", data: []byte("PK")})
		raw := "From: a@b.example\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString(dat)
		m := parse(t, raw, Options{})
		if len(m.Files) != 2 || m.Files[0].Name != "合同.pdf" || string(m.Files[0].Data) != "%PDF" || m.Files[1].Name != "报价单 2024.xlsx" {
			t.Errorf("long names %v: got %+v, want the two files", long, m.Message.Attachments)
		}
		if m.Message.Body.Text != "您好，合同在附件里" {
			t.Errorf("text: got %q", m.Message.Body.Text)
		}
		cut := "From: a@b.example\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString(dat[:len(dat)-5])
		if m := parse(t, cut, Options{}); len(m.Files) != 1 || m.Files[0].Name != "winmail.dat" {
			t.Errorf("a broken one: got %+v, want the file itself", m.Message.Attachments)
		}
	}
}

func TestCalendarWords(t *testing.T) {
	t.Parallel()
	raw := "From: a@b.example\nSubject: Invitation\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:季度回顾\\, 线上\nDTSTART;TZID=Asia/Shanghai:20240108T100000\n" +
		"DTEND;TZID=Asia/Shanghai:20240108T113000\nLOCATION:会议室 3\nORGANIZER;CN=\"王芳\":mailto:wang@firm.example\nDESCRIPTION:请带上\n 数据\\n谢谢\nBEGIN:VALARM\nDESCRIPTION:alarm\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
	m := parse(t, raw, Options{})
	want := "季度回顾, 线上\n2024-01-08 10:00–11:30 Asia/Shanghai\n会议室 3\n王芳 <wang@firm.example>\n\n请带上数据\n谢谢"
	if m.Message.Body.Text != want || len(m.Files) != 1 || !strings.HasSuffix(m.Files[0].Name, ".ics") {
		t.Errorf("got %q with %+v, want %q and the file", m.Message.Body.Text, m.Message.Attachments, want)
	}
}
