package email

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
)

// ErrNoToken is what token endpoints cause when they refuse: the mailbox must be connected anew.
var ErrNoToken = errors.New("token refused")

// credential returns the password, or for XOAUTH2 a fresh access token.
func credential(ctx context.Context, s Server, secrets Secrets) (string, error) {
	secret, err := secrets.Secret(ctx, s.Secret)
	if err != nil {
		return "", fmt.Errorf("read secret %s: %w", s.Secret, err)
	}
	if s.Auth != AuthXOAUTH2 || s.OAuth == nil {
		return secret, nil
	}
	o := s.OAuth.whole()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {secret}, "client_id": {o.ClientID}}
	if o.Scope != "" {
		form.Set("scope", o.Scope)
	}
	if o.ClientSecret != "" {
		cs, err := secrets.Secret(ctx, o.ClientSecret)
		if err != nil {
			return "", fmt.Errorf("read secret %s: %w", o.ClientSecret, err)
		}
		form.Set("client_secret", cs)
	}
	access, rotated, err := askToken(ctx, o.TokenURL, form)
	if err != nil {
		return "", err
	}
	if rotated != "" && rotated != secret {
		// RFC 6749 6: the old one may be dead from now on, so the new one is kept before anything else happens.
		if err := secrets.SaveSecret(ctx, s.Secret, rotated); err != nil {
			return "", fmt.Errorf("keep rotated token %s: %w", s.Secret, err)
		}
	}
	return access, nil
}

func askToken(ctx context.Context, endpoint string, form url.Values) (access, refresh string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", fmt.Errorf("ask for token: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", "", fmt.Errorf("ask for token: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // read only
	var answer struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Error   string `json:"error"`
		Detail  string `json:"error_description"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&answer); err != nil {
		return "", "", fmt.Errorf("read token: status %d: %w", resp.StatusCode, err)
	}
	if answer.Access == "" {
		return "", "", fmt.Errorf("%w: %s %s", ErrNoToken, answer.Error, clip(answer.Detail, 300))
	}
	return answer.Access, answer.Refresh, nil
}

// xoauth2 is the SASL mechanism of Google and Microsoft; go-sasl has only its successor OAUTHBEARER.
type xoauth2 struct{ user, token string }

var _ sasl.Client = xoauth2{}

// Start sends user and token at once.
func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the server's error document with nothing; the refusal follows.
func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

// saslClient chooses a mechanism the server offers: PLAIN where it can, LOGIN where it must.
func saslClient(s Server, secret string, offers func(string) bool) sasl.Client {
	if s.Auth == AuthXOAUTH2 {
		return xoauth2{user: s.Username, token: secret}
	}
	if !offers("PLAIN") && offers("LOGIN") {
		return sasl.NewLoginClient(s.Username, secret)
	}
	return sasl.NewPlainClient("", s.Username, secret)
}
