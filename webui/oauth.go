package webui

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"yingda/desk"
)

// The sign-in of a mailbox at its provider: authorisation code with PKCE. The state names inbox, session and moment and
// is sealed by us; the verifier is derived from it and never leaves the house. So a callback counts only in the browser
// of the administrator who asked, once they asked, and a stolen code is worth nothing (RFC 6749 10.12, RFC 7636).

// signInTime is how long somebody may take at the provider.
const signInTime = 15 * time.Minute

const callbackPath = apiPrefix + "/oauth/callback"

type signInState struct {
	Inbox   string `json:"i"`
	Session string `json:"s"`
	At      int64  `json:"t"`
	Nonce   string `json:"n"`
}

func (s *Server) oauthRoutes(g *gin.RouterGroup) {
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/settings/inboxes/{id}/sign-in", "signInMailbox", "Where to sign the mailbox in at its provider"}, s.signInMailbox)
	s.plain(g, desk.RoleAdministrator, http.MethodGet, "/oauth/callback", s.signedInMailbox)
}

func (s *Server) signInMailbox(ctx context.Context, in *ByID) (*out[SignInAt], error) {
	inbox, ok := s.Dir().Inbox(desk.InboxID(in.ID))
	if !ok {
		return nil, notYours()
	}
	if s.SignIns == nil {
		return nil, refuse(desk.Unavailable, "letters_down")
	}
	state := s.sign.seal("oauth", signInState{Inbox: in.ID, Session: viewing(ctx).session.ID, At: s.Now().Unix(), Nonce: s.NewID()})
	sum := sha256.Sum256([]byte(s.verifier(state)))
	at, err := s.SignIns.SignInURL(inbox, s.redirect(), state, base64.RawURLEncoding.EncodeToString(sum[:]))
	return &out[SignInAt]{SignInAt{URL: at}}, err
}

func (s *Server) redirect() string { return strings.TrimSuffix(s.PublicURL, "/") + callbackPath }

// verifier is the secret of one sign-in, 43 characters (RFC 7636 4.1).
func (s *Server) verifier(state string) string {
	h := hmac.New(sha256.New, s.sign.key)
	h.Write([]byte("pkce\x00" + state))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// signedInMailbox is where the provider sends the browser back to. It ends on the inbox's settings, which say how it went.
func (s *Server) signedInMailbox(c *gin.Context) {
	ctx, v := c.Request.Context(), viewing(c.Request.Context())
	var state signInState
	if c.Query("state") == "" || s.sign.open("oauth", c.Query("state"), &state) != nil || !sameText(state.Session, v.session.ID) ||
		s.Now().Sub(time.Unix(state.At, 0)) > signInTime {
		stop(c, refuse(desk.Forbidden, "sign_in_state"))
		return
	}
	inbox, ok := s.Dir().Inbox(desk.InboxID(state.Inbox))
	if !ok || s.SignIns == nil {
		stop(c, notYours())
		return
	}
	result := url.Values{"sign_in": {"ok"}}
	if code := c.Query("code"); code == "" {
		result = url.Values{"sign_in": {"refused"}, "detail": {clipText(c.Query("error"), 100)}}
	} else if err := s.SignIns.Redeem(ctx, inbox, code, s.verifier(c.Query("state")), s.redirect()); err != nil {
		s.Log.Warn("mailbox sign-in failed", "inbox", inbox.ID, "err", err)
		result = url.Values{"sign_in": {"failed"}, "detail": {clipText(err.Error(), 200)}}
	} else if err := s.Desk.Log(ctx, desk.Subject{Kind: desk.AboutInbox, ID: state.Inbox}, v.actor(), desk.Looked{What: "secret_set:oauth"}); err != nil {
		stop(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/settings/inboxes/"+url.PathEscape(state.Inbox)+"?"+result.Encode())
}

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func clipText(s string, n int) string {
	if rs := []rune(s); len(rs) > n {
		return string(rs[:n])
	}
	return s
}
