package email

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// mails are all there are to try a parser on: ours, and the corpus when it is there.
func mails(t testing.TB) [][]byte {
	t.Helper()
	var out [][]byte
	add := func(root string) {
		_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil //nolint:nilerr // a folder that is not there holds no mail
			}
			if b, err := os.ReadFile(path); err == nil && len(b) < 1<<20 {
				out = append(out, b)
			}
			return nil
		})
	}
	add(filepath.Join("testdata", "golden"))
	dir := os.Getenv("YINGDA_CASES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	add(filepath.Join(dir, "email"))
	add(filepath.Join(dir, "bounce"))
	for _, raw := range tenKilobytes() {
		out = append(out, raw)
	}
	return out
}

// pages are the HTML forms of those mails, and tricky ones.
func pages(t testing.TB) []string {
	t.Helper()
	out := []string{
		"a<b>b", "<p>a<p>b", "<p>a<div>b</div>c</p>d", "<ul><li>a<li>b</ul>c", "<ul><li><p>a<li>b<ul><li>c</ul></ul>", "<table><tr><td>a<td>b<tr><td>c</table>d",
		"<table><td>a</table>", "<table><col><tr><td>x</table>", "<div><span>a</div>b</span>", "a</b>c</p>d", "<b>a<p>b</b>c", "<a href=x>a<a href=y>b",
		"<table>words<tr><td>a</table>", "<pre>\n a\n</pre>", "<!-- a --><!DOCTYPE html><html><head><title>t</title><style><!-- p{} --></style></head><body bgcolor=red>b</body></html>c",
		"<!--[if mso]><p>x<![endif]-->y", "<![if !mso]>a<![endif]>", "a < b &amp; c &lt; &#20320; &copy &nbsp;x", `<img src=a/b.png alt='x "y"'><br/>z`, "<p title=\"a>b\">c", "<o:p>&nbsp;</o:p>",
		"<dl><dt>a<dd>b<dt>c</dl>", "<h1>a<h2>b</h2></h1>", "<td>a</td><tr>b", "<table><tr><td><table><tr><td>in</table></table>", "<script>a<b</script>c<style>d", "<p><table><tr><td>a</table>b",
		"<form>a</form>", "<div></p>x</div>", "<p>a</P>b<DIV CLASS=x CLASS=y>c", "<a b=\"1&amp;2\" c=\"1&copy=2\">d</a>", "<", "</", "<a", "<a b", "<a b=", "<a b='", "<!", "<!--", "<?x", "a<1", "<li>a<div><li>b",
	}
	for _, raw := range mails(t) {
		parseTree(dropMboxLine(raw)).walk(func(p *part) {
			if p.kind == "text/html" {
				out = append(out, p.text())
			}
		})
	}
	return out
}

var (
	fontTag      = regexp.MustCompile(`<(font|span|b|i|u|em|strong)\b[^>]*>`)
	oneAttribute = regexp.MustCompile(`[a-z-]+="[^"]*"`)
)

var betweenTags = regexp.MustCompile(`\s+`)

// The quick reader of HTML and the full one see the same words, the same safe page and the same pictures.
func TestQuickHTMLAgrees(t *testing.T) {
	t.Parallel()
	quick, all := 0, 0
	for _, page := range pages(t) {
		all++
		got, ok := quickHTML(page)
		if !ok {
			continue
		}
		quick++
		want := fullHTML(page)
		if want == nil {
			t.Fatalf("full reader: nothing of %q", page)
		}
		if g, w := textOf(got), textOf(want); g != w {
			t.Errorf("words of %.2000q: got %q, want %q", page, g, w)
		}
		// The full reader sorts the attributes of formatting elements.
		squeeze := func(s string) string {
			return betweenTags.ReplaceAllString(fontTag.ReplaceAllStringFunc(s, func(tag string) string {
				attrs := oneAttribute.FindAllString(tag, -1)
				slices.Sort(attrs)
				return strings.Join(attrs, " ")
			}), " ")
		}
		if g, w := squeeze(sanitiseTree(got)), squeeze(sanitiseTree(want)); g != w {
			t.Errorf("page of %.300q: got …%s, want …%s", page, apart(g, w), apart(w, g))
		}
		g, w := map[string]bool{}, map[string]bool{}
		cidsOf(got, g)
		cidsOf(want, w)
		if len(g) != len(w) {
			t.Errorf("pictures of %.2000q: got %v, want %v", page, g, w)
		}
	}
	t.Logf("%d of %d pages are plain enough for the quick reader", quick, all)
}

// apart is where a begins to differ from b.
func apart(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return a[max(0, i-60):min(len(a), i+100)]
}

// The quick ways of decoding give what the patient ones give.
func TestQuickDecodingAgrees(t *testing.T) {
	t.Parallel()
	for _, raw := range mails(t) {
		text := raw[:min(len(raw), 20000)]
		if utf8.Valid(text) {
			if got, want := cleanValid(text), clean(string(text)); got != want {
				t.Errorf("clean: got %.200q, want %.200q", got, want)
			}
		}
		parseTree(dropMboxLine(raw)).walk(func(p *part) {
			if transferEncoding(p.header.get("content-transfer-encoding")) != "base64" {
				return
			}
			out, ok := strictBase64(p.body)
			if ok && !bytes.Equal(out, looseBase64(p.body)) {
				t.Errorf("base64: the two ways differ on %.100q", p.body)
			}
		})
		if got, want := tidy(string(text)), slowTidy(string(text)); got != want {
			t.Errorf("tidy: got %.300q, want %.300q", got, want)
		}
	}
}

var manyEmpty = regexp.MustCompile(`\n{3,}`)

// slowTidy says what tidy does, the plain way.
func slowTidy(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\u00a0", " "), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t")
	}
	return strings.Trim(manyEmpty.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"), "\n")
}

// Trees borrow their nodes from others that were read before: mails read at the same time say what they say alone.
func TestLentNodes(t *testing.T) {
	t.Parallel()
	mails := tenKilobytes()
	alone := map[string]Mail{}
	for name, raw := range mails {
		m, err := Parse(raw, Options{Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		alone[name] = m
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for name, raw := range mails {
				m, err := Parse(raw, Options{Whole: true})
				if err != nil || m.Text != alone[name].Text || m.HTML != alone[name].HTML || !reflect.DeepEqual(m.Message.Body, alone[name].Message.Body) {
					t.Errorf("%s: read beside others it is another mail (%v)", name, err)
				}
			}
		})
	}
	wg.Wait()
}
