package webui

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"yingda/agents"
	"yingda/desk"
)

const cookieName = "yd_session"

// viewer is who asks, and what they may see.
type viewer struct {
	agent   desk.Agent
	session agents.Session
	scope   desk.Scope
	address string
	client  string
	device  agents.Device // of a browser that signed in before
}

func (v viewer) actor() desk.Actor { return desk.AgentActor(v.agent.ID, v.agent.Role) }
func (v viewer) id() desk.AgentID  { return v.agent.ID }
func (v viewer) visit() agents.Visit {
	return agents.Visit{Address: v.address, Client: v.client, Device: v.device}
}
func (v viewer) is(r desk.Role) bool { return rank(v.agent.Role) >= rank(r) }

// rank orders the roles; each may do what the one before may.
func rank(r desk.Role) int {
	switch r {
	case desk.RoleAdministrator:
		return 3
	case desk.RoleSupervisor:
		return 2
	case desk.RoleAgent:
		return 1
	}
	return 0
}

type viewerKey struct{}

// viewing is the viewer the door let in.
func viewing(ctx context.Context) viewer {
	v, _ := ctx.Value(viewerKey{}).(viewer)
	return v
}

// sameOrigin refuses changes asked for by foreign pages. It lets clients pass that are no browsers: those have no
// cookie to be misused.
func (s *Server) sameOrigin(c *gin.Context) {
	if err := s.cross.Check(c.Request); err != nil {
		stop(c, refuse(desk.Forbidden, "foreign_origin"))
	}
}

// signedIn is the door: it knows each route's least role, and a route it does not know is not there.
func (s *Server) signedIn(c *gin.Context) {
	role, known := s.roles[c.Request.Method+" "+c.FullPath()]
	if !known {
		stop(c, notYours())
		return
	}
	v, err := s.viewerOf(c)
	if err != nil && role != public {
		stop(c, err)
		return
	}
	if role != public && !v.is(role) {
		stop(c, refuse(desk.Forbidden, "role_required", "role", string(role)))
		return
	}
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), viewerKey{}, v))
}

// viewerOf looks the cookie up. Without a session it still says where the request comes from.
func (s *Server) viewerOf(c *gin.Context) (viewer, error) {
	v := viewer{address: c.ClientIP(), client: c.Request.UserAgent()}
	if sealed, err := c.Cookie(deviceName); err == nil && s.sign.open("device", sealed, &v.device) != nil {
		v.device = agents.Device{} // of another installation, or made up: a stranger
	}
	token, err := c.Cookie(cookieName)
	if err != nil || token == "" {
		return v, signedOut()
	}
	session, agent, err := s.Accounts.Session(c.Request.Context(), token)
	if errors.Is(err, agents.ErrSignedOut) {
		return v, signedOut()
	}
	if err != nil {
		return v, err
	}
	v.session, v.agent, v.scope = session, agent, agents.ScopeOf(s.Dir(), agent)
	return v, nil
}

// deviceName is the cookie of a browser that signed in before: it opens nothing, but guesses made elsewhere do not count
// against it.
const deviceName = "yd_device"

// deviceLife is how long a browser is known, in seconds: as long as browsers keep a cookie.
const deviceLife = 400 * 24 * 3600

func (s *Server) deviceCookie(d agents.Device) http.Cookie {
	c := s.cookie(s.sign.seal("device", d), deviceLife) //nolint:gosec // as the session's: Secure is the operator's
	c.Name, c.Path = deviceName, apiPrefix+"/auth"
	return c
}

func (s *Server) cookie(token string, maxAge int) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure is the operator's: the demo and laptops speak plain HTTP on loopback
		Name: cookieName, Value: token, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.Config.SecureCookies,
		SameSite: http.SameSiteLaxMode,
	}
}
