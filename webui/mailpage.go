package webui

import (
	"html"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// mailPolicy is for a customer's HTML in its own frame: no script, no form, no request but to ourselves: inline images,
// and remote ones through our proxy when the reader asks (UP-X1, UP-X2). allow-same-origin without allow-scripts lets
// the frame fetch them with the reader's cookie and nothing else.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; form-action 'none'; " +
	"base-uri 'none'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"

// mailPage is a mail's HTML, own words and quoted ones, as a page of its own for a sandboxed frame. ?images=1 shows
// remote images, fetched by us.
func (s *Server) mailPage(c *gin.Context) {
	ctx := c.Request.Context()
	m, err := s.message(ctx, viewing(ctx), c.Param("id"), c.Param("mid"))
	if err != nil {
		stop(c, err)
		return
	}
	body := m.Body.HTML + m.Body.QuotedHTML
	if body == "" {
		body = "<pre style=\"white-space:pre-wrap\">" + html.EscapeString(m.Body.Text+"\n"+m.Body.QuotedText) + "</pre>"
	}
	for _, a := range m.Attachments {
		if a.ContentID != "" {
			body = strings.ReplaceAll(body, "cid:"+html.EscapeString(a.ContentID), html.EscapeString(fileURL(m, a)))
		}
	}
	if c.Query("images") == "1" {
		body = s.withPictures(body, m.Conversation, m.ID)
	}
	c.Header("Content-Security-Policy", mailPolicy)
	c.Header("Referrer-Policy", "no-referrer")
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(
		"<!doctype html><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">"+
			"<base target=\"_blank\"><body>"+body+"</body>"))
}

// documentFiles writes the plain routes into the OpenAPI document, since huma does not serve them.
func documentFiles(api huma.API) {
	doc, reg := api.OpenAPI(), api.OpenAPI().Components.Schemas
	str := func() *huma.Schema { return &huma.Schema{Type: huma.TypeString} } // one each: limit bounds by the field's name
	path := func(names ...string) (ps []*huma.Param) {
		for _, n := range names {
			ps = append(ps, &huma.Param{Name: n, In: "path", Required: true, Schema: str()})
		}
		return ps
	}
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	file := map[string]*huma.Response{"200": {
		Description: "The bytes", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: binary}},
	}}
	query := func(name string) *huma.Param { return &huma.Param{Name: name, In: "query", Schema: str()} }
	for _, o := range []*huma.Operation{
		{
			OperationID: "upload", Method: http.MethodPost, Path: "/files", Summary: "Send a file in, to attach it", Tags: []string{"files"},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
				Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": binary},
			}}}},
			Responses: map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
				"application/json": {Schema: reg.Schema(reflect.TypeFor[File](), true, "File")},
			}}},
		},
		{OperationID: "download", Method: http.MethodGet, Path: "/files/{blob}", Summary: "A file of a message, or my own upload", Tags: []string{"files"}, Parameters: append(path("blob"), query("message"), query("download")), Responses: file},
		{OperationID: "rawMail", Method: http.MethodGet, Path: "/conversations/{id}/messages/{mid}/raw", Summary: "The mail as it came; whole=1: one that was too large to be kept, from its server", Tags: []string{"conversations"}, Parameters: append(path("id", "mid"), query("whole")), Responses: file},
		{OperationID: "mailPage", Method: http.MethodGet, Path: "/conversations/{id}/messages/{mid}/html", Summary: "Its HTML for a sandboxed frame", Tags: []string{"conversations"}, Parameters: append(path("id", "mid"), query("images")), Responses: file},
		{OperationID: "remoteImage", Method: http.MethodGet, Path: "/conversations/{id}/messages/{mid}/image", Summary: "A remote picture of a mail, fetched by us; its page has the signed address", Tags: []string{"conversations"}, Parameters: append(path("id", "mid"), query("u"), query("s")), Responses: file},
		{OperationID: "signedInMailbox", Method: http.MethodGet, Path: "/oauth/callback", Summary: "Where a provider sends the browser back to", Tags: []string{"settings"}, Parameters: []*huma.Param{query("code"), query("state"), query("error")}, Responses: map[string]*huma.Response{"303": {Description: "To the inbox's settings"}}},
		{OperationID: "rawQuarantine", Method: http.MethodGet, Path: "/quarantine/{id}/raw", Summary: "What could not be read, as it came", Tags: []string{"quarantine"}, Parameters: path("id"), Responses: file},
	} {
		doc.AddOperation(o)
	}
}
