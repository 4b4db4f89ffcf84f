package webui

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"yingda/desk"
)

// signer makes cursors that only this installation can have made: opaque to the page, and not a way to ask for
// places in a list one was never given.
type signer struct{ key []byte }

const macBytes = 12 // 96 bits: a forged cursor still meets the scope check, so this keeps honest rather than secret

// seal turns v into a cursor for one purpose; a cursor of another purpose does not open.
func (s signer) seal(purpose string, v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(s.mac(purpose, body), body...))
}

// open reads a cursor into v. Errors: Invalid "cursor_unknown". An empty cursor leaves v alone.
func (s signer) open(purpose, cursor string, v any) error {
	if cursor == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < macBytes || !hmac.Equal(raw[:macBytes], s.mac(purpose, raw[macBytes:])) {
		return desk.Refuse(desk.Invalid, "cursor_unknown")
	}
	if json.Unmarshal(raw[macBytes:], v) != nil {
		return desk.Refuse(desk.Invalid, "cursor_unknown")
	}
	return nil
}

func (s signer) mac(purpose string, body []byte) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write(body)
	return h.Sum(nil)[:macBytes]
}
