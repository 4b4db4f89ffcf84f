package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// UP-E1: whatever a mail is, an operator sees what the program reads in it, without a server or a record.
func TestMailParse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, raw string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mail := write("a.eml", "From li@customer.example Mon Jan  1 00:00:00 2024\nFrom: =?utf-8?B?5p2O6Zu3?= <li@customer.example>\nTo: a@firm.example\n"+
		"Subject: =?gb2312?B?zcu/7g==?=\nDate: Mon, 1 Jan 2024 08:30:00 +0800\nMessage-ID: <m1@customer.example>\n\n请退款 <b>\n")
	junk := write("junk", "\x00\xff\xfe nothing\r\nthat is a mail")
	empty := write("empty", "")

	var out, errs bytes.Buffer
	p := &program{in: strings.NewReader("Subject: from standard input\r\n\r\nhi"), out: &out, err: &errs}
	err := p.run(t.Context(), []string{"mail", "parse", mail, junk, empty, "-", filepath.Join(dir, "missing")})
	if err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a file that is not there: got %v, want an error that names it", err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("got %d lines, want 4: %s", len(lines), out.String())
	}
	var first map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"subject": "退款", "date": "2024-01-01T08:30:00+08:00", "message_id": "m1@customer.example", "text": "请退款 <b>", "language": "zh", "auto": ""}
	for k, v := range want {
		if first[k] != v {
			t.Errorf("%s: got %v, want %v", k, first[k], v)
		}
	}
	if from, _ := first["from"].(map[string]any); from["name"] != "李雷" || from["address"] != "li@customer.example" {
		t.Errorf("from: got %v", first["from"])
	}
	for _, line := range lines {
		for _, key := range []string{"to", "cc", "reply_to", "references", "attachments", "bounce", "warnings"} {
			if strings.Contains(line, `"`+key+`":null`) {
				t.Errorf("%s is null in %s", key, line)
			}
		}
		if !strings.Contains(line, `"date":`) {
			t.Errorf("no date in %s", line)
		}
	}
	if err := p.run(t.Context(), []string{"mail", "parse"}); err == nil {
		t.Error("no file: got no error")
	}
}
