package email

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// providers are the sign-in endpoints of those who take no passwords any more. Settings may name others.
var providers = map[string]OAuth{
	"google": { //nolint:gosec // addresses, no secrets
		AuthURL: "https://accounts.google.com/o/oauth2/v2/auth", TokenURL: "https://oauth2.googleapis.com/token",
		Scope: "https://mail.google.com/",
	},
	"microsoft": { //nolint:gosec // addresses, no secrets
		AuthURL:  "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
		TokenURL: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
		Scope:    "offline_access https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send",
	},
}

// whole fills in what the provider's name says.
func (o OAuth) whole() OAuth {
	p := providers[o.Provider]
	o.AuthURL, o.TokenURL, o.Scope = firstOf(o.AuthURL, p.AuthURL), firstOf(o.TokenURL, p.TokenURL), firstOf(o.Scope, p.Scope)
	return o
}

func (o OAuth) validate(path string) error {
	if _, known := providers[o.Provider]; o.Provider != "" && !known {
		return fieldError(path+".oauth.provider", "one of google, microsoft")
	}
	w := o.whole()
	if !private(w.TokenURL) {
		return fieldError(path+".oauth.token_url", "an https address")
	}
	if w.AuthURL != "" && !private(w.AuthURL) {
		return fieldError(path+".oauth.auth_url", "an https address")
	}
	return nil
}

func private(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://127.0.0.1:")
}

// SignIn is one sign-in of a mailbox at its provider: the authorisation code flow with PKCE (RFC 6749 4.1, RFC 7636).
type SignIn struct {
	Redirect  string // our address, as registered at the provider
	State     string // bound to the administrator's session by whoever makes it
	Challenge string // S256 of the verifier
	Hint      string // the mailbox's address
}

// SignInURL is where the browser is sent. Errors: Invalid "inbox_channel_invalid" when the settings have no endpoints.
func (s *Settings) SignInURL(in SignIn) (string, error) {
	o, ok := s.oauth()
	if !ok || o.AuthURL == "" || o.ClientID == "" {
		return "", fieldError("imap.oauth", "a provider, or auth_url and token_url, and client_id")
	}
	u, err := url.Parse(o.AuthURL)
	if err != nil {
		return "", fieldError("imap.oauth.auth_url", "an https address")
	}
	q := u.Query()
	for k, v := range map[string]string{
		"response_type": "code", "client_id": o.ClientID, "redirect_uri": in.Redirect, "scope": o.Scope, "state": in.State,
		"code_challenge": in.Challenge, "code_challenge_method": "S256", "login_hint": in.Hint,
		// Google gives a refresh token only to who asks for both.
		"access_type": "offline", "prompt": "consent",
	} {
		q.Set(k, v)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// oauth is the endpoints of the first side that signs in that way; both sides of a mailbox share one token.
func (s *Settings) oauth() (OAuth, bool) {
	for _, side := range []Server{s.IMAP, s.SMTP} {
		if side.Auth == AuthXOAUTH2 && side.OAuth != nil {
			return side.OAuth.whole(), true
		}
	}
	return OAuth{}, false
}

// Redeem exchanges a code for the refresh token and keeps it under the names both sides read it by. Errors: ErrNoToken
// with the provider's words; those of [Secrets].
func (s *Settings) Redeem(ctx context.Context, code, verifier, redirect string, secrets Secrets) error {
	o, ok := s.oauth()
	if !ok {
		return fieldError("imap.oauth", "required")
	}
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "client_id": {o.ClientID}, "code_verifier": {verifier},
	}
	if o.ClientSecret != "" {
		cs, err := secrets.Secret(ctx, o.ClientSecret)
		if err != nil {
			return fmt.Errorf("read secret %s: %w", o.ClientSecret, err)
		}
		form.Set("client_secret", cs)
	}
	_, refresh, err := askToken(ctx, o.TokenURL, form)
	if err != nil {
		return err
	}
	if refresh == "" {
		return fmt.Errorf("%w: the provider gave no refresh token", ErrNoToken)
	}
	for _, side := range []Server{s.IMAP, s.SMTP} {
		if side.Auth != AuthXOAUTH2 || side.Secret == "" {
			continue
		}
		if err := secrets.SaveSecret(ctx, side.Secret, refresh); err != nil {
			return fmt.Errorf("keep token %s: %w", side.Secret, err)
		}
	}
	return nil
}
