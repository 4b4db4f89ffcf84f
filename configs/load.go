package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Prefix begins the name of every environment variable that is read. What follows is the key in upper case, with "__"
// for each dot: YINGDA_STORE__URL is store.url.
const Prefix = "YINGDA_"

// Load reads file (empty: none) over the defaults, then environ ("KEY=value" lines), and validates the sum. Its errors
// name file and line, or the variable.
func Load(file string, environ []string) (Config, error) {
	cfg := Default()
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return Config{}, fmt.Errorf("read configuration: %w", err)
		}
		if err := decode(file, raw, &cfg); err != nil {
			return Config{}, err
		}
	}
	if err := environment(environ, &cfg); err != nil {
		return Config{}, err
	}
	if err := cfg.Validate(); err != nil {
		return Config{}, fmt.Errorf("%s: %w", source(file), err)
	}
	return cfg, nil
}

func source(file string) string {
	if file == "" {
		return "configuration"
	}
	return file
}

// decode checks every key against the struct before it decodes, so that a refusal changes nothing.
func decode(name string, raw []byte, into any) error {
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return nil
	}
	if problems := check(doc.Content[0], typeOf(into), ""); len(problems) > 0 {
		for i, p := range problems {
			problems[i] = name + ":" + p
		}
		return errors.New(strings.Join(problems, "\n"))
	}
	if err := doc.Decode(into); err != nil {
		return fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	return nil
}

// notConfig are variables with our prefix that are read elsewhere.
var notConfig = map[string]bool{"YINGDA_NOW_OFFSET": true}

func environment(environ []string, into *Config) error {
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		key, ours := strings.CutPrefix(name, Prefix)
		if !ours || notConfig[name] {
			continue
		}
		raw, err := yaml.Marshal(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		path := strings.Split(strings.ToLower(key), "__")
		if plain(value) {
			raw = []byte(value)
		}
		doc := strings.TrimSpace(string(raw))
		for i := len(path) - 1; i >= 0; i-- {
			doc = path[i] + ": " + doc
			if i > 0 {
				doc = "{" + doc + "}"
			}
		}
		if err := decode(name, []byte(doc), into); err != nil {
			return err
		}
	}
	return nil
}

// plain reports whether a value can stand unquoted: numbers, booleans, durations and lists keep their type.
func plain(v string) bool {
	var n yaml.Node
	if yaml.Unmarshal([]byte(v), &n) != nil || len(n.Content) != 1 {
		return false
	}
	root := n.Content[0]
	return root.Kind == yaml.SequenceNode || root.Kind == yaml.ScalarNode && root.Tag != "!!str" && root.Tag != "!!null"
}
