package email

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/emersion/go-message"

	"yingda/internal/bench"
)

// BenchmarkFigures is what `make bench` prints of this room: mails of 10 KB parsed a second on one core, beside
// go-message, which only takes them apart.
func BenchmarkFigures(b *testing.B) {
	b.Run("parse", figureParse)
	b.Run("imap", figureIMAP)
	b.Run("listener", figureListener)
	b.Run("send", figureSend)
	b.Run("first sync", figureFirstSync)
}

func figureParse(b *testing.B) {
	plain := append(letter(1), []byte(strings.Repeat("I ordered three weeks ago and nothing came, please tell me where it is.\r\n", 140))...)
	rich := []byte("From: a@b.example\r\nSubject: =?utf-8?B?6YCA5qy+?=\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		strings.Repeat("您好，我的订单一直没有发货。\r\n", 60) + "--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
		strings.Repeat("<p style=\"color:red\">您好，我的订单<b>一直</b>没有发货。</p>\r\n", 90) + "--x--\r\n")
	for _, mail := range []struct {
		name string
		raw  []byte
	}{{"plain", plain}, {"text and HTML", rich}} {
		ours := &bench.Side{Do: func(int) error {
			_, err := Parse(mail.raw, Options{})
			return err
		}}
		floor := &bench.Side{Do: func(int) error { return takeApart(mail.raw) }}
		bench.Turns(b, 4, 1000, 1, ours, floor)
		bench.Row{Name: "mails of 10 KB parsed, " + mail.name, Unit: "/s", Ours: ours.Rate(), AtLeast: 5000}.Report(b)
		bench.Row{Name: "mails of 10 KB parsed, " + mail.name + ", beside go-message", Unit: "/s", Ours: ours.Rate(), Floor: floor.Rate(), FloorIs: "go-message"}.Report(b)
	}
}

func takeApart(raw []byte) error {
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return e.Walk(func(_ []int, part *message.Entity, err error) error {
		if kind, _, _ := part.Header.ContentType(); err != nil || strings.HasPrefix(kind, "multipart/") {
			return err
		}
		_, err = io.Copy(io.Discard, part.Body)
		return err
	})
}
