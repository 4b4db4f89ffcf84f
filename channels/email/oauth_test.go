package email

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// A provider that does as RFC 6749 and RFC 7636 say: it gives a code for a challenge, and a token for code and verifier.
func provider(t *testing.T) *httptest.Server {
	t.Helper()
	challenges := map[string]string{}
	mux := http.NewServeMux()
	mux.HandleFunc("/auth", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		challenges["the code"] = q.Get("code_challenge")
		back := q.Get("redirect_uri") + "?" + url.Values{"code": {"the code"}, "state": {q.Get("state")}}.Encode()
		http.Redirect(w, r, back, http.StatusFound)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		w.Header().Set("Connection", "close")
		if r.PostFormValue("grant_type") != "authorization_code" || challenges[r.PostFormValue("code")] != base64.RawURLEncoding.EncodeToString(sum[:]) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"code or verifier is wrong"}`))
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"a","refresh_token":"refresh of ` + r.PostFormValue("client_id") + `","expires_in":3600}`))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// UP-E11: the refresh token of a sign-in is kept for both sides; a wrong verifier gives none.
func TestSignInKeepsTheToken(t *testing.T) {
	t.Parallel()
	p, r := provider(t), newRecord()
	o := &OAuth{AuthURL: p.URL + "/auth", TokenURL: p.URL + "/token", ClientID: "yingda", Scope: "mail"}
	side := Server{Host: "mail.example", Username: "help@firm.example", Auth: AuthXOAUTH2, Secret: "token", OAuth: o}
	s := Settings{IMAP: side, SMTP: side}
	s.SMTP.Secret = "smtp_token"
	sum := sha256.Sum256([]byte("verifier"))
	at, err := s.SignInURL(SignIn{Redirect: "https://desk.example/back", State: "s1", Challenge: base64.RawURLEncoding.EncodeToString(sum[:]), Hint: "help@firm.example"})
	if err != nil {
		t.Fatal(err)
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := stay.Get(at) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	stay.CloseIdleConnections()
	back, err := res.Location()
	if err != nil || back.Query().Get("state") != "s1" {
		t.Fatalf("back: got %v, %v", back, err)
	}
	if err := s.Redeem(t.Context(), back.Query().Get("code"), "another", "https://desk.example/back", r); !errors.Is(err, ErrNoToken) {
		t.Errorf("wrong verifier: got %v, want the provider's refusal", err)
	}
	if err := s.Redeem(t.Context(), back.Query().Get("code"), "verifier", "https://desk.example/back", r); err != nil {
		t.Fatal(err)
	}
	if r.secrets["token"] != "refresh of yingda" || r.secrets["smtp_token"] != "refresh of yingda" {
		t.Errorf("kept: got %v", r.secrets)
	}
}

func TestProviders(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"google": "oauth2.googleapis.com", "microsoft": "login.microsoftonline.com"} {
		o := OAuth{Provider: name, ClientID: "x"}.whole()
		if u, err := url.Parse(o.TokenURL); err != nil || u.Host != want || o.Scope == "" || o.validate("imap") != nil {
			t.Errorf("%s: got %+v, %v", name, o, err)
		}
	}
	for _, o := range []OAuth{{Provider: "evil"}, {TokenURL: "http://mail.example/token"}, {TokenURL: "https://x", AuthURL: "javascript:alert(1)"}} {
		if o.validate("imap") == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}
