package email

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// unsafe_ reads what was written as a browser would and names the first thing that must not be there.
func unsafe_(page string) string {
	z := html.NewTokenizer(strings.NewReader(page))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind == html.CommentToken || kind == html.DoctypeToken {
			return "a comment: " + string(z.Raw())
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		tok := z.Token()
		if !safeElements[tok.DataAtom] {
			return "<" + tok.Data + ">"
		}
		for _, a := range tok.Attr {
			if bad := unsafeAttribute(tok.Data, a); bad != "" {
				return bad
			}
		}
	}
	return ""
}

func unsafeAttribute(tag string, a html.Attribute) string {
	v := strings.ToLower(a.Val)
	allowed := " href rel target src data-remote-src alt title width height align valign bgcolor dir lang border cellpadding cellspacing colspan rowspan nowrap span color face size start type style "
	switch {
	case !strings.Contains(allowed, " "+a.Key+" "):
		return tag + " " + a.Key
	case a.Key == "href" && !strings.HasPrefix(v, "http:") && !strings.HasPrefix(v, "https:") && !strings.HasPrefix(v, "mailto:") && !strings.HasPrefix(v, "tel:") && !strings.HasPrefix(v, "cid:"):
		return "href " + v
	case a.Key == "src" && !strings.HasPrefix(v, "cid:") && (!strings.HasPrefix(v, "data:image/") || strings.HasPrefix(v, "data:image/svg")):
		return "src " + v
	case a.Key == "style" && (strings.Contains(v, "url") && strings.Contains(v, "(") || strings.ContainsAny(v, `\@<>{}`) || strings.Contains(v, "expression(") || strings.Contains(v, "position") && !strings.Contains(v, `"`)):
		return "style " + v
	}
	return ""
}

// UP-X1: of what attackers write nothing runs, loads, covers or leads anywhere but to a page that is named.
func TestSanitise(t *testing.T) {
	t.Parallel()
	for _, attack := range []string{
		`<script>alert(1)</script>`, `<scr<script>ipt>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg onload=alert(1)>`, `<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>`,
		`<a href="javascript:alert(1)">x</a>`, "<a href=\"java\tscript:alert(1)\">x</a>", `<a href=" javascript:alert(1)">x</a>`, `<a href="&#106;avascript:alert(1)">x</a>`, `<a href="data:text/html,<script>x</script>">x</a>`, `<a href="vbscript:x">y</a>`, `<a href="//evil.example/x">y</a>`, `<a href="/admin">y</a>`,
		`<iframe src="https://evil.example"></iframe>`, `<object data="x"></object>`, `<embed src=x>`, `<form action="https://evil.example"><input name=password></form>`, `<base href="https://evil.example">`, `<meta http-equiv=refresh content="0;url=https://evil.example">`, `<link rel=stylesheet href=x>`,
		`<style>@import "https://evil.example/x.css"</style>`, `<p style="background:url(https://evil.example/x)">a</p>`, `<p style="background-image:u\72l(x)">a</p>`, `<p style="width:expression(alert(1))">a</p>`, `<p style="position:fixed;top:0">a</p>`, `<p style="margin-left:-9999px">a</p>`, `<p style="color:red/**/;behavior:url(x)">a</p>`, `<p style="color:rgb(1,2,3);}body{x">a</p>`,
		`<img src="data:image/svg+xml;base64,PHN2Zz4=">`, `<img src="data:text/html;base64,PHN2Zz4=">`, `<img src="http://evil.example/p.gif" data-remote-src="x" width=1 height=1>`, `<img srcset="http://evil.example/p.gif 1x">`, `<video poster="http://evil.example/p"></video>`, `<input type=image src="http://evil.example/p">`, `<table background="http://evil.example/p"><tr><td background=x>a</table>`, `<body background="http://evil.example/p">a`,
		`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`, `<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<textarea><script>x</script></textarea>`, `<title><img src=x onerror=y></title>`, `<xmp><script>x</script></xmp>`, `<plaintext><script>x`, `<template><script>x</script></template>`, `<!--[if IE]><script>x</script><![endif]-->`, `<p id=app class=btn name=x onclick=y>a</p>`, "<img alt=\"`><script>x</script>\">", `<p title="x" lang='"><script>x</script>'>a</p>`, "<a href='http://x.example/\"><script>x</script>'>y</a>",
	} {
		got := Sanitise(attack)
		if bad := unsafe_(got); bad != "" {
			t.Errorf("%s: got %s in %s", attack, bad, got)
		}
		for _, word := range []string{"<script", "onerror=", "javascript:", "evil.example/x.css"} {
			if strings.Contains(strings.ReplaceAll(got, "&lt;", ""), word) && !strings.Contains(got, "&#34;") && !strings.Contains(got, "&gt;") {
				t.Errorf("%s: got %s", attack, got)
			}
		}
	}
	for in, want := range map[string]string{
		`<p style="COLOR: Red; font-family:'Microsoft YaHei', sans-serif" align=left>你好<br>世界</p>`: `<p style="color: Red; font-family: &#39;Microsoft YaHei&#39;, sans-serif" align="left">你好<br>世界</p>`,
		`<img src="cid:a@b" alt="x" width=10>`:              `<img src="cid:a@b" alt="x" width="10">`,
		`<img src="https://shop.example/a.png">`:            `<img data-remote-src="https://shop.example/a.png">`,
		`<a href="https://shop.example/?a=1&amp;b=2">x</a>`: `<a href="https://shop.example/?a=1&amp;b=2" rel="nofollow noreferrer noopener" target="_blank">x</a>`,
		`<p style="color:rgb(1, 2, 3);width:50%">a</p>`:     `<p style="color: rgb(1, 2, 3); width: 50%">a</p>`,
		`a < b & "c"`: `a &lt; b &amp; &#34;c&#34;`,
		`<unknown>words</unknown><o:p>stay</o:p>`: `wordsstay`,
	} {
		if got := Sanitise(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// UP-E15: a page nested deeper than any reader goes, or longer than its tree may be, keeps its words.
func TestDeepPagesKeepTheirWords(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"deep": strings.Repeat("<div>", 2000) + "the words", "long": strings.Repeat("<p>x</p>", 40000) + "<style>hidden</style>the words", "deep tables": strings.Repeat("<table><tr><td>", 600) + "the words",
	} {
		got := textOf(parseHTML(page))
		if !strings.Contains(got, "the words") || strings.Contains(got, "hidden") {
			t.Errorf("%s: got %.100q, want the words", name, got)
		}
	}
}
