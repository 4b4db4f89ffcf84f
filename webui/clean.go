package webui

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// cleaner lets through what our own composer writes: text with structure, links and mentions. What agents write is
// shown to colleagues and sent to customers, so it is cleaned like anything else that comes in (UP-X1).
var cleaner = newCleaner()

func newCleaner() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowStandardURLs()
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.AllowElements(
		"p", "br", "div", "span", "strong", "b", "em", "i", "u", "s", "del", "sub", "sup", "ul", "ol", "li", "blockquote", "pre", "code",
		"hr", "h1", "h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td",
	)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src", "alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(regexp.MustCompile(`^\d{1,4}$`)).OnElements("img")
	p.AllowAttrs("colspan", "rowspan").Matching(bluemonday.Integer).OnElements("td", "th")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("data-type", "data-id", "data-label").Matching(regexp.MustCompile(`^[\p{L}\p{N} ._@-]{1,100}$`)).OnElements("span")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}

func clean(html string) string { return cleaner.Sanitize(html) }
