package email

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkRead10K says how many mails of 10 KB one core reads, in time of that core: other work on the machine does
// not count.
func BenchmarkRead10K(b *testing.B) {
	for name, raw := range tenKilobytes() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			start := coreTime()
			for b.Loop() {
				if _, err := Parse(raw, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/(coreTime()-start).Seconds(), "mails/core-s")
		})
	}
}

// coreTime is what the process has used of its cores, collecting garbage included.
func coreTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// tenKilobytes are mails of about 10 KB as they come: words alone, words and their page, an answer with its history.
func tenKilobytes() map[string][]byte {
	head := "Received: from mx.customer.example (mx.customer.example [192.0.2.7])\r\n\tby in.firm.example (Postfix) with ESMTPS id 4F1C22A0\r\n" +
		"\tfor <support@firm.example>; Mon, 1 Jan 2024 08:30:00 +0800 (CST)\r\nFrom: =?utf-8?B?5p2O6Zu3?= <li@customer.example>\r\nTo: Support <support@firm.example>\r\n" +
		"Subject: =?utf-8?B?6YCA5qy+?= order 1042\r\nDate: Mon, 1 Jan 2024 08:30:00 +0800\r\nMessage-ID: <m1@customer.example>\r\nMIME-Version: 1.0\r\n"
	both := func(text, page string) []byte {
		return []byte(head + "Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text +
			"\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page + "\r\n--x--\r\n")
	}
	english := "I ordered three weeks ago and nothing came, please tell me where it is.\r\n"
	quote := strings.Repeat("<div>您的订单已经在路上了，请您耐心等待。</div>\r\n", 80)
	return map[string][]byte{
		"plain":   []byte(head + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + strings.Repeat(english, 135)),
		"chinese": []byte(head + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + strings.Repeat("您好，我的订单一直没有发货，请尽快处理。\r\n", 160)),
		"html": both(strings.Repeat("您好，我的订单一直没有发货。\r\n", 60),
			strings.Repeat("<p style=\"color:red\">您好，我的订单<b>一直</b>没有发货。</p>\r\n", 90)),
		"quoted": both("请尽快处理\r\n\r\n> "+strings.Repeat("您的订单已经在路上了\r\n> ", 60),
			"<html><head><style>p{margin:0}</style></head><body><div>请尽快处理，谢谢。</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">On Mon, Jan 1, 2024, Support wrote:<br></div><blockquote class=\"gmail_quote\" style=\"margin:0 0 0 .8ex;border-left:1px #ccc solid\">"+quote+"</blockquote></div></body></html>"),
	}
}
