package email

import (
	"fmt"
	"strings"
	"time"
)

// Rate bounds how fast a mailbox sends, in mails a minute. Zero does not bound.
type Rate struct {
	PerMinute int            `json:"per_minute"`
	PerDomain int            `json:"per_domain"`        // to any one domain
	Domains   map[string]int `json:"domains,omitempty"` // to these, instead of per_domain
}

// maxRate is more than any provider lets one mailbox send, in mails a minute.
const maxRate = 10_000

func (r Rate) validate() error {
	if r.PerMinute < 0 || r.PerMinute > maxRate {
		return fieldError("rate.per_minute", fmt.Sprintf("between 0 and %d", maxRate))
	}
	if r.PerDomain < 0 || r.PerDomain > maxRate {
		return fieldError("rate.per_domain", fmt.Sprintf("between 0 and %d", maxRate))
	}
	for domain, n := range r.Domains {
		if domain != strings.ToLower(domain) || strings.ContainsAny(domain, "@ ") || n < 0 || n > maxRate {
			return fieldError("rate.domains", fmt.Sprintf("lower-case domains with numbers between 0 and %d", maxRate))
		}
	}
	return nil
}

// zone is the inbox's time zone: for days of quotas and for promised times in automatic mails.
func (s *Settings) zone() *time.Location {
	if z, err := time.LoadLocation(s.TimeZone); err == nil && s.TimeZone != "" {
		return z
	}
	z, err := time.LoadLocation(defaultZone)
	if err != nil {
		return time.UTC
	}
	return z
}

// defaultZone is that of the first calendar (docs/operate.md).
const defaultZone = "Asia/Shanghai"

// validateSending looks at what concerns answers.
func (s *Settings) validateSending() error {
	if _, err := time.LoadLocation(s.TimeZone); err != nil {
		return fieldError("time_zone", "a name such as Asia/Shanghai")
	}
	if err := s.Letter.validate(s.Signature); err != nil {
		return err
	}
	if err := s.Ack.validate(); err != nil {
		return err
	}
	if err := s.DKIM.validate(); err != nil {
		return err
	}
	return s.Rate.validate()
}
