package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a delivery (Standard Webhooks).
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// secretPrefix begins a secret; what follows is base64 of its bytes.
const secretPrefix = "whsec_"

// secretBytes is the length of a secret: that of the hash.
const secretBytes = 32

// NewSecret makes a secret.
func NewSecret() (string, error) {
	b := make([]byte, secretBytes)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(b), nil
}

// Sign is the signature of a body sent under id at a moment.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	h := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(h, "%s.%d.", id, at.Unix()) // a hash takes everything
	_, _ = h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}

// Reasons why a request is not from us.
var (
	ErrSignature = errors.New("the signature does not fit")
	ErrTooOld    = errors.New("the timestamp is too far from now")
)

// tolerance is how far a timestamp may be from the receiver's clock.
const tolerance = 5 * time.Minute

// Verify is what a receiver does, in Go: it refuses with ErrSignature or ErrTooOld.
func Verify(secret string, h http.Header, body []byte, now time.Time) error {
	unix, err := strconv.ParseInt(h.Get(HeaderTimestamp), 10, 64)
	if err != nil {
		return ErrTooOld
	}
	at := time.Unix(unix, 0)
	want, err := Sign(secret, h.Get(HeaderID), at, body)
	if err != nil {
		return err
	}
	fits := false
	for _, have := range strings.Fields(h.Get(HeaderSignature)) { // more than one while a secret is being changed
		fits = fits || hmac.Equal([]byte(have), []byte(want))
	}
	switch {
	case !fits:
		return ErrSignature
	case now.Sub(at).Abs() > tolerance:
		return ErrTooOld
	}
	return nil
}
