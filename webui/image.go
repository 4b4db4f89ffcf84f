package webui

import (
	"encoding/hex"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"github.com/gin-gonic/gin"

	"yingda/desk"
)

// remoteSource is where the sanitiser put the address of a picture that is not loaded by itself.
var remoteSource = regexp.MustCompile(`data-remote-src="([^"]*)"`)

// withPictures points a mail's remote pictures at our own proxy. Each address is signed for this very message: the
// proxy fetches what stands in a mail, and nothing a caller makes up (UP-X2).
func (s *Server) withPictures(body string, conversation desk.ConversationID, id desk.MessageID) string {
	return remoteSource.ReplaceAllStringFunc(body, func(attr string) string {
		source := html.UnescapeString(remoteSource.FindStringSubmatch(attr)[1])
		at := apiPrefix + "/conversations/" + string(conversation) + "/messages/" + string(id) + "/image?" +
			url.Values{"u": {source}, "s": {s.pictureSign(id, source)}}.Encode()
		return `src="` + html.EscapeString(at) + `"`
	})
}

func (s *Server) pictureSign(id desk.MessageID, source string) string {
	return hex.EncodeToString(s.sign.mac("picture "+string(id), []byte(source)))
}

// image is a remote picture of a mail, fetched by us: asked for by a person who reads the mail, without their address,
// cookie or referrer.
func (s *Server) image(c *gin.Context) {
	ctx := c.Request.Context()
	m, err := s.message(ctx, viewing(ctx), c.Param("id"), c.Param("mid"))
	if err != nil {
		stop(c, err)
		return
	}
	source := c.Query("u")
	if !sameText(c.Query("s"), s.pictureSign(m.ID, source)) {
		stop(c, notYours())
		return
	}
	kind, body, err := s.fetch.picture(ctx, source)
	if err != nil {
		s.Log.Debug("remote picture not shown", "message", m.ID, "err", err)
		p := refuse(desk.NotFound, "picture_unavailable")
		p.cause = err
		stop(c, p)
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Disposition", "inline; filename=picture")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "private, max-age=86400")
	c.Data(http.StatusOK, kind, body)
}
