package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"yingda/channels/email"
)

// mail is for people who want to know what the program reads in a mail. It needs no configuration and no record.
func (p *program) mail(ctx context.Context, args []string) error {
	if len(args) < 2 || args[0] != "parse" {
		return fmt.Errorf("%w: mail parse FILE… ('-' is standard input)", errUsage)
	}
	var errs []error
	for _, name := range args[1:] {
		if err := ctx.Err(); err != nil {
			return err
		}
		raw, err := p.slurp(name)
		if err != nil {
			errs = append(errs, err) // the others are told all the same
			continue
		}
		line, err := reading(raw)
		if err != nil {
			return fmt.Errorf("write what %s says: %w", name, err)
		}
		if _, err := p.out.Write(line); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// reading is one line of JSON with the letters of HTML left as they are.
func reading(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(email.Read(raw))
	return b.Bytes(), err
}

func (p *program) slurp(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(p.in)
	}
	return os.ReadFile(name) //nolint:gosec // the file that its caller named
}
