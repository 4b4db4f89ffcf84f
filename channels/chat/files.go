package chat

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"yingda/channels"
	"yingda/desk"
)

// fileTicket names one file to one visitor: from upload to send (forUpload), and from the thread to the file (forFile).
// Whoever has no ticket of ours finds nothing.
type fileTicket struct {
	Inbox   desk.InboxID `json:"i"`
	Visitor string       `json:"v"`
	Blob    string       `json:"b"`
	Name    string       `json:"n"`
	Type    string       `json:"t"`
	Size    int64        `json:"s"`
	Expires int64        `json:"e"` // Unix seconds
}

const (
	ticketLife = 24 * time.Hour // as long as an unattached blob is kept
	uploadTime = 5 * time.Minute
	maxName    = 200
)

// images may be shown in place; everything else is saved. SVG is a document with scripts and not among them.
var images = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// blocked are names of things that run when an agent opens them.
var blocked = map[string]bool{
	".exe": true, ".com": true, ".bat": true, ".cmd": true, ".scr": true, ".pif": true, ".msi": true, ".dll": true, ".lnk": true,
	".vbs": true, ".vbe": true, ".js": true, ".jse": true, ".wsf": true, ".ps1": true, ".hta": true, ".jar": true, ".apk": true,
	".dmg": true, ".sh": true, ".reg": true, ".cpl": true,
}

// errNoFile is the same for a file that is not there and one that is not yours.
var errNoFile = desk.Refuse(desk.NotFound, "not_found")

type uploadAnswer struct {
	File  string `json:"file"` // the ticket to send
	Name  string `json:"name"`
	Type  string `json:"type"`
	Size  int64  `json:"size"`
	Image bool   `json:"image"`
	URL   string `json:"url"`
}

// upload answers POST /widget/v1/{key}/files?name=…: the body is the file, its type is looked at, never believed.
func (c *Chat) upload(w http.ResponseWriter, r *http.Request) {
	answer, err := c.takeFile(w, r)
	if err != nil {
		channels.WriteProblem(w, err)
		return
	}
	channels.WriteJSON(w, http.StatusCreated, answer)
}

func (c *Chat) takeFile(w http.ResponseWriter, r *http.Request) (uploadAnswer, error) {
	k, err := c.enter(r)
	if err != nil {
		return uploadAnswer{}, err
	}
	v, err := c.bearer(k, r)
	if err != nil {
		return uploadAnswer{}, err
	}
	limit := c.d.Config.MaxFile
	name := cleanName(r.URL.Query().Get("name"))
	switch {
	case k.set.NoFiles:
		return uploadAnswer{}, desk.Refuse(desk.Forbidden, "files_off")
	case blocked[strings.ToLower(path.Ext(name))]:
		return uploadAnswer{}, desk.Refuse(desk.Invalid, "file_blocked", "name", name)
	case r.ContentLength > limit:
		return uploadAnswer{}, tooLarge(name, limit)
	case !c.uploads.allow(v.key(), c.d.Now()):
		return uploadAnswer{}, desk.Refuse(desk.TooMany, "too_many_files")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime)) // a body without end ends here
	in := bufio.NewReaderSize(http.MaxBytesReader(w, r.Body, limit+1), 4096)
	start, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return uploadAnswer{}, &desk.Error{Code: desk.Invalid, Reason: "body_invalid", Err: err}
	}
	switch {
	case len(start) == 0:
		return uploadAnswer{}, desk.Refuse(desk.Invalid, "file_empty", "name", name)
	case program(start):
		return uploadAnswer{}, desk.Refuse(desk.Invalid, "file_blocked", "name", name)
	}
	kind := http.DetectContentType(start)
	blob, size, err := c.d.Blobs.PutBlob(r.Context(), in, limit)
	var over *http.MaxBytesError
	if errors.As(err, &over) || desk.CodeOf(err) == desk.TooLarge {
		return uploadAnswer{}, tooLarge(name, limit)
	}
	if err != nil {
		return uploadAnswer{}, err
	}
	a := desk.Attachment{Blob: blob, Name: name, ContentType: kind, Size: size}
	f := c.fileBody(v, k.inbox.Address, a)
	return uploadAnswer{File: c.ticket(forUpload, v, a), Name: name, Type: kind, Size: size, Image: f.Image, URL: f.URL}, nil
}

func tooLarge(name string, limit int64) error {
	return desk.Refuse(desk.TooLarge, "file_too_large", "name", name, "max", strconv.FormatInt(limit, 10))
}

// program recognises Windows, Linux and macOS executables by their first bytes, whatever they are called.
func program(start []byte) bool {
	for _, magic := range []string{"MZ", "\x7fELF", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xca\xfe\xba\xbe", "#!"} {
		if bytes.HasPrefix(start, []byte(magic)) {
			return true
		}
	}
	return false
}

// cleanName is the last part of a name without control characters and path signs.
func cleanName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '"' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 { // bidi overrides hide an extension
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if runes := []rune(name); len(runes) > maxName {
		name = string(runes[len(runes)-maxName:]) // the end has the extension
	}
	if strings.Trim(name, ". ") == "" {
		return "file"
	}
	return name
}

func (c *Chat) ticket(purpose string, v visitor, a desk.Attachment) string {
	raw, _ := json.Marshal(fileTicket{
		Inbox: v.Inbox, Visitor: v.ID, Blob: a.Blob, Name: a.Name, Type: a.ContentType, Size: a.Size,
		Expires: c.d.Now().Add(ticketLife).Truncate(time.Hour).Unix(), // whole hours, so that a page's links stay the same for a while
	})
	return c.sign(purpose, raw)
}

// attachments turns upload tickets into what the desk stores. A ticket of another visitor is no ticket.
func (c *Chat) attachments(v visitor, tickets []string) ([]desk.Attachment, error) {
	var out []desk.Attachment
	for _, t := range tickets {
		var f fileTicket
		if err := c.unsign(forUpload, t, &f); err != nil || f.Inbox != v.Inbox || f.Visitor != v.ID || c.d.Now().Unix() >= f.Expires {
			return nil, desk.Refuse(desk.Invalid, "file_unknown")
		}
		out = append(out, desk.Attachment{Blob: f.Blob, Name: f.Name, ContentType: f.Type, Size: f.Size})
	}
	return out, nil
}

// fileBody is an attachment with a link that is good for this visitor for a day.
func (c *Chat) fileBody(v visitor, key string, a desk.Attachment) fileBody {
	return fileBody{
		Name: a.Name, Type: a.ContentType, Size: a.Size, Image: images[a.ContentType],
		URL: "/widget/v1/" + url.PathEscape(key) + "/files/" + a.Blob + "?t=" + c.ticket(forFile, v, a),
	}
}

// file answers GET /widget/v1/{key}/files/{blob}?t=ticket.
func (c *Chat) file(w http.ResponseWriter, r *http.Request) {
	k, err := c.counter(r.PathValue("key"))
	if err != nil {
		channels.WriteProblem(w, err)
		return
	}
	var f fileTicket
	if c.unsign(forFile, r.URL.Query().Get("t"), &f) != nil || f.Inbox != k.inbox.ID || f.Blob != r.PathValue("blob") || c.d.Now().Unix() >= f.Expires {
		channels.WriteProblem(w, errNoFile)
		return
	}
	rc, size, err := c.d.Blobs.OpenBlob(r.Context(), f.Blob)
	if err != nil {
		if errors.Is(err, desk.ErrNotFound) {
			err = errNoFile
		}
		channels.WriteProblem(w, err)
		return
	}
	defer rc.Close()
	h := w.Header()
	disposition := "attachment"
	if images[f.Type] {
		disposition = "inline"
		h.Set("Content-Type", f.Type)
	} else {
		h.Set("Content-Type", "application/octet-stream")
	}
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, max-age=86400, immutable")
	_, _ = io.Copy(w, rc) // a broken line is the reader's affair
}
