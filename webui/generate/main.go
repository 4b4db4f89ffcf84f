// Command generate writes what follows from the API: docs/api/openapi.json, docs/api.md, docs/errors.md and the page's
// types in app/src/shared/api/schema.d.ts. It runs in webui, by go generate, and needs the page's node_modules for the
// types; without them it says so and writes the rest.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"yingda/webui"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	doc, err := webui.OpenAPI()
	if err != nil {
		return fmt.Errorf("make the OpenAPI document: %w", err)
	}
	api, err := webui.APIDoc()
	if err != nil {
		return fmt.Errorf("make docs/api.md: %w", err)
	}
	for _, f := range []struct {
		path string
		body []byte
	}{
		{"../docs/api/openapi.json", append(doc, '\n')},
		{"../docs/api.md", api},
		{"../docs/errors.md", webui.ErrorsDoc()},
	} {
		if err := write(f.path, f.body); err != nil {
			return err
		}
	}
	return types()
}

// write replaces a file only when it differs, so that builds which look at times are not woken.
func write(path string, body []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, body) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o644)
}

func types() error {
	const tool = "app/node_modules/openapi-typescript/bin/cli.js"
	if _, err := os.Stat(tool); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "generate: schema.d.ts left as it is: run npm ci in webui/app first")
		return nil
	}
	cmd := exec.Command("node", tool, "../docs/api/openapi.json", "--output", "app/src/shared/api/schema.d.ts", "--immutable=false")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}
