package chat

import (
	"context"
	"net/http"
	"strings"
	"time"

	"yingda/channels"
	"yingda/desk"
)

// sessionAsk is what a widget brings when it opens: the token it kept, and the page's word on who this is.
type sessionAsk struct {
	Token    string `json:"token,omitempty"`
	Identity *Proof `json:"identity,omitempty"`
}

// sessionAnswer is what it gets. Identity is "verified", "refused" or "none"; a refused one is a plain visitor, whose
// words are marked unverified and who sees nobody's history (UP-W3).
type sessionAnswer struct {
	V        int            `json:"v"`
	Token    string         `json:"token"`
	Visitor  string         `json:"visitor"`
	Name     string         `json:"name"`
	Identity string         `json:"identity"`
	Reason   string         `json:"reason,omitempty"`
	Expires  time.Time      `json:"expires"`
	Settings publicSettings `json:"settings"`
}

// session answers POST /widget/v1/{key}/session.
func (c *Chat) session(w http.ResponseWriter, r *http.Request) {
	answer, err := c.newSession(w, r)
	if err != nil {
		channels.WriteProblem(w, err)
		return
	}
	channels.WriteJSON(w, http.StatusOK, answer)
}

func (c *Chat) newSession(w http.ResponseWriter, r *http.Request) (sessionAnswer, error) {
	k, err := c.enter(r)
	if err != nil {
		return sessionAnswer{}, err
	}
	if !c.sessions.allow(c.d.ClientIP(r), c.d.Now()) {
		c.m.refused.WithLabelValues("limit").Inc()
		return sessionAnswer{}, desk.Refuse(desk.TooMany, "too_many_sessions")
	}
	var ask sessionAsk
	if err := body(w, r, 16<<10, &ask); err != nil {
		return sessionAnswer{}, err
	}
	a := sessionAnswer{V: frameVersion, Identity: "none", Settings: c.publicSettings(k)}
	v, err := c.who(r, k, ask)
	switch {
	case err != nil && desk.CodeOf(err) != channels.Unsigned:
		return sessionAnswer{}, err
	case err != nil:
		a.Identity, a.Reason = "refused", desk.ReasonOf(err)
	case v.External != "":
		a.Identity = "verified"
	}
	a.Token, a.Visitor, a.Name, a.Expires = c.tokenOf(v), v.ID, v.Name, time.Unix(v.Expires, 0).UTC()
	return a, nil
}

// who decides as whom this browser speaks. With an error of code Unsigned the visitor is a plain, unverified one.
func (c *Chat) who(r *http.Request, k counter, ask sessionAsk) (visitor, error) {
	if ask.Identity != nil {
		v, err := c.prove(r.Context(), k, *ask.Identity)
		if err == nil {
			return v, c.known(r.Context(), k, ask.Token, v)
		}
		plain := c.plain(k, ask.Token)
		if !plain.Refused {
			plain.Refused, plain.ID = true, newVisitorID() // a stranger, not the visitor of before
		}
		return plain, err
	}
	return c.plain(k, ask.Token), nil
}

// known gives the chat that the browser's stranger had open to the customer they have proven to be (UP-W3). Only who holds
// the stranger's token can do it.
func (c *Chat) known(ctx context.Context, k counter, token string, v visitor) error {
	was, err := c.visitorOf(k, token)
	if err != nil || was.External != "" {
		return nil //nolint:nilerr // no stranger's token: nothing to give
	}
	_, err = c.d.Desk.Identify(ctx, k.inbox.ID, desk.Known{Visitor: was.identity(), External: v.identity(), Name: v.Name, Email: v.Email})
	return err
}

// plain is the visitor of a token that is good and nobody's in particular, or a new one. Whoever was signed in and is
// not any more starts anew.
func (c *Chat) plain(k counter, token string) visitor {
	v, err := c.visitorOf(k, token)
	if err != nil || v.External != "" {
		v = visitor{Inbox: k.inbox.ID, ID: newVisitorID()}
	}
	v.Expires = c.d.Now().Add(visitorLife).Unix()
	return v
}

// bearer is the visitor of a request that carries its token in Authorization.
func (c *Chat) bearer(k counter, r *http.Request) (visitor, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return visitor{}, errToken
	}
	return c.visitorOf(k, token)
}
