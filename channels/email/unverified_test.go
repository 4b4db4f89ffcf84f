package email

import "testing"

// UP-X5: only a server that looked and found the sender wanting makes a mail unverified; one that checks nothing must
// not break threading by headers (UP-E6).
func TestUnverifiedIsAVerdictNotASilence(t *testing.T) {
	t.Parallel()
	for results, want := range map[string]bool{
		"":                                false,
		"mx.example; spf=pass; dkim=none": false,
		"mx.example; spf=none; dkim=none; dmarc=none": false,
		"mx.example; spf=fail; dkim=none":             true,
		"mx.example; spf=softfail; dkim=fail":         true,
		"mx.example; spf=fail; dkim=pass":             false,
		"mx.example; spf=pass; dkim=pass; dmarc=fail": true,
		"mx.example; spf=fail; dkim=fail; dmarc=pass": false,
	} {
		raw := "From: li@bank.example\r\nSubject: x\r\n"
		if results != "" {
			raw += "Authentication-Results: " + results + "\r\n"
		}
		m, err := Parse([]byte(raw+"\r\nhello\r\n"), Options{})
		if err != nil {
			t.Fatalf("%s: %v", results, err)
		}
		if m.Message.Unverified != want {
			t.Errorf("%q: got unverified %v, want %v", results, m.Message.Unverified, want)
		}
	}
}
