package email

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

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
		ours := func() error {
			_, err := Parse(mail.raw, Options{})
			return err
		}
		rate, floor := coreRates(b, ours, func() error { return takeApart(mail.raw) })
		bench.Row{Name: "mails of 10 KB parsed, " + mail.name, Unit: "/s of core", Ours: rate, AtLeast: 5000}.Report(b)
		bench.Row{Name: "mails of 10 KB parsed, " + mail.name + ", beside go-message", Unit: "/s of core", Ours: rate, Floor: floor, FloorIs: "go-message"}.Report(b)
	}
}

// coreRates runs both in turns of 1,000, a first one that does not count and four that do, and says how many of each a
// second of one core's time does, the collector's included. Time of the core and not of the clock: the aim is one core's,
// and other work on the machine is no part of it.
func coreRates(b *testing.B, ours, floor func() error) (rate, floorRate float64) {
	b.Helper()
	const each, rounds = 1000, 4
	var spent [2]time.Duration
	for round := range rounds + 1 {
		for k, do := range [2]func() error{ours, floor} {
			began := coreTime()
			for range each {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
			if round > 0 {
				spent[k] += coreTime() - began
			}
		}
	}
	return each * rounds / spent[0].Seconds(), each * rounds / spent[1].Seconds()
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
