package webui

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"yingda/desk"
)

// filePolicy makes a file harmless even when it is opened as a page (UP-X1): no scripts, no origin, nothing loaded.
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"

// inlineTypes are shown by the browser in place; everything else is a download. SVG is not among them: it is a program.
var inlineTypes = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/avif": true, "image/bmp": true,
	"audio/mpeg": true, "audio/ogg": true, "audio/wav": true, "video/mp4": true, "video/webm": true,
}

func (s *Server) fileRoutes(g *gin.RouterGroup) {
	s.plain(g, desk.RoleAgent, http.MethodPost, "/files", s.upload)
	s.plain(g, desk.RoleAgent, http.MethodGet, "/files/:blob", s.download)
	s.plain(g, desk.RoleAgent, http.MethodGet, "/conversations/:id/messages/:mid/raw", s.rawMail)
	s.plain(g, desk.RoleAgent, http.MethodGet, "/conversations/:id/messages/:mid/html", s.mailPage)
	s.plain(g, desk.RoleAgent, http.MethodGet, "/conversations/:id/messages/:mid/image", s.image)
	s.plain(g, desk.RoleAdministrator, http.MethodGet, "/quarantine/:id/raw", s.rawQuarantine)
	documentFiles(s.api)
}

// formOverhead is what a multipart form adds to the file in it, in bytes.
const formOverhead = 64 << 10

// upload takes one file, streamed: the part named file.
func (s *Server) upload(c *gin.Context) {
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(uploadWithin)) // what cannot has no connection
	ctx, v := c.Request.Context(), viewing(c.Request.Context())
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, s.Config.MaxFile+formOverhead)
	form, err := c.Request.MultipartReader()
	if err != nil {
		stop(c, withStatus(refuse(desk.Invalid, "wrong_content_type"), http.StatusUnsupportedMediaType))
		return
	}
	for {
		part, err := form.NextPart()
		if err != nil {
			stop(c, uploadError(err))
			return
		}
		if part.FormName() != "file" {
			continue
		}
		blob, size, err := s.Files.PutBlob(ctx, part, s.Config.MaxFile)
		if err != nil {
			stop(c, uploadError(err))
			return
		}
		u := desk.Upload{
			Blob: blob, Agent: v.id(), Name: fileName(part.FileName()), ContentType: mediaType(part.Header.Get("Content-Type")),
			Size: size, At: s.Now(),
		}
		if err := s.Files.AddUpload(ctx, u); err != nil {
			stop(c, err)
			return
		}
		c.JSON(http.StatusOK, File{Blob: blob, Name: u.Name, ContentType: u.ContentType, Size: size})
		return
	}
}

func uploadError(err error) error {
	var tooLarge *http.MaxBytesError
	var known *desk.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &tooLarge):
		return refuse(desk.TooLarge, "file_too_large")
	case errors.Is(err, io.EOF):
		return refuse(desk.Invalid, "field_missing", "field", "file")
	}
	return withStatus(refuse(desk.Invalid, "malformed"), http.StatusBadRequest)
}

// fileName is a name without path, controls and tricks that turn text around (UP-X1).
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name)
	if rs := []rune(name); len(rs) > 200 {
		name = string(rs[len(rs)-200:]) // the end tells what it is
	}
	if name == "" || name == "." || name == "/" {
		return "file"
	}
	return name
}

func mediaType(header string) string {
	t, _, err := mime.ParseMediaType(header)
	if err != nil {
		return "application/octet-stream"
	}
	return t
}

// download serves an attachment to whoever may see its message, and an upload to whoever sent it in.
func (s *Server) download(c *gin.Context) {
	ctx, v, blob := c.Request.Context(), viewing(c.Request.Context()), c.Param("blob")
	name, kind, err := s.fileFor(ctx, v, blob, c.Query("message"))
	if err != nil {
		stop(c, err)
		return
	}
	s.serveBlob(c, blob, name, kind, inlineTypes[kind] && c.Query("download") == "")
}

func (s *Server) fileFor(ctx context.Context, v viewer, blob, message string) (name, kind string, err error) {
	if message == "" {
		u, err := s.Files.Upload(ctx, v.id(), blob)
		return u.Name, u.ContentType, err
	}
	m, err := s.Lists.Message(ctx, desk.MessageID(message))
	if err != nil {
		return "", "", err
	}
	if _, err := s.visible(ctx, v, string(m.Conversation)); err != nil {
		return "", "", err
	}
	for _, a := range m.Attachments {
		if a.Blob == blob {
			return a.Name, mediaType(a.ContentType), nil
		}
	}
	return "", "", notYours()
}

func (s *Server) serveBlob(c *gin.Context, blob, name, kind string, inline bool) {
	body, size, err := s.Files.OpenBlob(c.Request.Context(), blob)
	if err != nil {
		stop(c, err)
		return
	}
	defer func() { _ = body.Close() }()
	disposition := "attachment"
	if inline {
		disposition = "inline"
	} else {
		kind = "application/octet-stream"
	}
	s.sendFile(c, body, size, name, kind, disposition)
}

// sendFile writes a file out, so that nothing in it can act in the page's name.
func (s *Server) sendFile(c *gin.Context, body io.Reader, size int64, name, kind, disposition string) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": fileName(name)}))
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Cache-Control", "private, max-age=3600")
	c.Status(http.StatusOK)
	if _, err := io.Copy(c.Writer, body); err != nil {
		s.Log.Debug("file not fully sent", "err", err)
	}
}

// rawMail is the mail as it came, as a download.
func (s *Server) rawMail(c *gin.Context) {
	ctx := c.Request.Context()
	m, err := s.message(ctx, viewing(ctx), c.Param("id"), c.Param("mid"))
	if err == nil && m.Raw == "" {
		err = notYours()
	}
	if err != nil {
		stop(c, err)
		return
	}
	name := strconv.FormatInt(m.Number, 10) + ".eml"
	if c.Query("whole") == "1" && s.Whole != nil {
		s.wholeMail(c, m.ID, name)
		return
	}
	s.serveBlob(c, m.Raw, name, "message/rfc822", false)
}

// wholeMail serves a mail that was too large to be kept, from the mail server it still lies on (UP-E14).
func (s *Server) wholeMail(c *gin.Context, m desk.MessageID, name string) {
	body, size, err := s.Whole.Whole(c.Request.Context(), m)
	if err != nil {
		stop(c, err)
		return
	}
	defer func() { _ = body.Close() }()
	s.sendFile(c, body, size, name, "application/octet-stream", "attachment")
}

func (s *Server) rawQuarantine(c *gin.Context) {
	ctx := c.Request.Context()
	q, err := s.Channels.QuarantinedOne(ctx, c.Param("id"))
	if err != nil {
		stop(c, err)
		return
	}
	looked := desk.Looked{What: "quarantine:" + q.ID}
	if err := s.Desk.Log(ctx, desk.Subject{Kind: desk.AboutInbox, ID: string(q.Inbox)}, viewing(ctx).actor(), looked); err != nil {
		stop(c, err)
		return
	}
	s.serveBlob(c, q.Raw, q.ID+".eml", "message/rfc822", false)
}

// attach turns file references into attachments. Only what the writer sent in, or what stands in the conversation
// already, may be attached: knowing a hash is no right to a file (UP-X4).
func (s *Server) attach(ctx context.Context, v viewer, refs []FileRef, r *desk.ConversationRow) ([]desk.Attachment, error) {
	list := make([]desk.Attachment, 0, len(refs))
	for _, ref := range refs {
		u, err := s.Files.Upload(ctx, v.id(), ref.Blob)
		if errors.Is(err, desk.ErrNotFound) && r != nil {
			u, err = s.attached(ctx, r.ID, ref.Blob)
		}
		if errors.Is(err, desk.ErrNotFound) {
			return nil, refuse(desk.NotFound, "file_unknown", "name", ref.Name)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, desk.Attachment{
			Blob: ref.Blob, Name: fileName(ref.Name), ContentType: u.ContentType, Size: u.Size, Inline: ref.Inline, ContentID: ref.ContentID,
		})
	}
	return list, nil
}

// attached finds a file in the newest messages of a conversation, for forwarding.
func (s *Server) attached(ctx context.Context, id desk.ConversationID, blob string) (desk.Upload, error) {
	last, err := s.Lists.Messages(ctx, id, desk.MessagePage{Limit: 100})
	if err != nil {
		return desk.Upload{}, err
	}
	for _, m := range last {
		for _, a := range m.Attachments {
			if a.Blob == blob {
				return desk.Upload{Blob: blob, Name: a.Name, ContentType: a.ContentType, Size: a.Size}, nil
			}
		}
	}
	return desk.Upload{}, desk.ErrNotFound
}
