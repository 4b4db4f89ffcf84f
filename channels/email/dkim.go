package email

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"yingda/desk"
)

// DKIM is how an inbox's mail is signed (RFC 6376). Most providers sign by themselves; this is for firms that hand their
// mail to a plain relay.
type DKIM struct {
	Domain   string `json:"domain"`   // "": not signed; else the address's domain or one above it
	Selector string `json:"selector"` // names the key's record: <selector>._domainkey.<domain>
	Secret   string `json:"secret"`   // name of the private key in [Secrets]; "": dkim_key
}

// DKIMSecret is the name a signing key is kept under when the settings give none.
const DKIMSecret = "dkim_key"

// SecretName is the name the inbox's signing key is kept under.
func (d DKIM) SecretName() string { return firstOf(d.Secret, DKIMSecret) }

func (d DKIM) validate() error {
	switch {
	case d.Domain == "" && d.Selector == "":
		return nil
	case !domainName(d.Domain):
		return fieldError("dkim.domain", "a domain")
	case !domainName(d.Selector):
		return fieldError("dkim.selector", "a name such as yd2026")
	}
	return nil
}

func domainName(s string) bool {
	return s != "" && len(s) < 254 && s == strings.ToLower(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '.' && r != '-' && r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// signed lists the fields a signature covers. Those that must not be added later are named twice (RFC 6376 8.15).
var signed = []string{
	"From", "From", "To", "To", "Cc", "Cc", "Subject", "Subject", "Date", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References",
	"MIME-Version", "Content-Type", "Content-Type",
}

// sign puts a signature before a mail. Without settings the mail stays as it is.
func (s *Sender) sign(ctx context.Context, raw []byte) ([]byte, error) {
	d := s.settings.DKIM
	if d.Domain == "" {
		return raw, nil
	}
	text, err := s.deps.Secrets.Secret(ctx, d.SecretName())
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	key, err := signingKey(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow(len(raw) + 1024)
	err = dkim.Sign(&out, bytes.NewReader(raw), &dkim.SignOptions{
		Domain: d.Domain, Selector: d.Selector, Signer: key, HeaderKeys: signed,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		return nil, fmt.Errorf("sign the mail: %w", err)
	}
	return out.Bytes(), nil
}

func signingKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the signing key is no PEM")
	}
	if k, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return k, nil
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	signer, ok := k.(crypto.Signer)
	if !ok {
		return nil, errors.New("the signing key cannot sign")
	}
	return signer, nil
}

// NewDKIMKey makes a signing key and the text of the DNS record that publishes it. 2048 bits of RSA are what every
// receiver reads; Ed25519 still is not (RFC 8463).
func NewDKIMKey() (private, record string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", "", fmt.Errorf("make a signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", fmt.Errorf("write the signing key: %w", err)
	}
	record, err = recordOf(key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), record, err
}

// DKIMRecord is the text of the DNS record for a kept key.
func DKIMRecord(private string) (string, error) {
	key, err := signingKey(private)
	if err != nil {
		return "", err
	}
	return recordOf(key)
}

func recordOf(key crypto.Signer) (string, error) {
	kind := "rsa"
	pub, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return "", fmt.Errorf("write the public key: %w", err)
	}
	if _, ok := key.(*rsa.PrivateKey); !ok {
		// RFC 8463 4: the bare 32 bytes, which end the DER form.
		kind, pub = "ed25519", pub[len(pub)-32:]
	}
	return "v=DKIM1; k=" + kind + "; p=" + base64.StdEncoding.EncodeToString(pub), nil
}

// unsignable is how a key that is missing or broken stops a mail: it waits, and the message says why, rather than
// leaving in a form that receivers throw away.
func unsignable(err error) string {
	if desk.CodeOf(err) == desk.NotFound {
		return "dkim_key_missing"
	}
	return "dkim_failed: " + err.Error()
}
