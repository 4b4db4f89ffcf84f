package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Prefix begins the name of every environment variable that is read. What follows is the key in upper case, with "__"
// for each dot: YINGDA_STORE__URL is store.url. A list of texts may be given with commas.
const Prefix = "YINGDA_"

// Load reads file (empty: none) over the defaults, then environ ("KEY=value" lines), then the file that holds the
// store's key, and validates the sum. Its errors name the place of each key that is wrong (file and line, or the
// variable) and what is allowed. With an error nothing of what was read is returned.
func Load(file string, environ []string) (Config, error) {
	l := loader{cfg: Default(), places: map[string]string{}}
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return Config{}, fmt.Errorf("read configuration: %w", err)
		}
		if err := l.file(file, raw); err != nil {
			return Config{}, err
		}
	}
	if err := l.environment(environ); err != nil {
		return Config{}, err
	}
	if err := l.cfg.Validate(); err != nil {
		return Config{}, l.placed(err)
	}
	if err := l.keyFile(); err != nil {
		return Config{}, err
	}
	return l.cfg, nil
}

// loader is one reading: the sum so far, and where each key of it was set.
type loader struct {
	cfg    Config
	places map[string]string // key's path → "file:line" or the variable
}

// yamlLine is how the YAML reader names a line.
var yamlLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\n  )?line (\d+): `)

func yamlError(name string, err error) error {
	text := yamlLine.ReplaceAllString(err.Error(), "$1: ")
	if rest, ok := strings.CutPrefix(text, "yaml: "); ok {
		return fmt.Errorf("%s: %s", name, rest)
	}
	return fmt.Errorf("%s:%s", name, text)
}

// file checks every key against the struct before it decodes, so that a refusal changes nothing.
func (l *loader) file(name string, raw []byte) error {
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil // an empty file changes nothing
	case err != nil:
		return yamlError(name, err)
	}
	if err := dec.Decode(&more); err == nil {
		return fmt.Errorf("%s:%d: a second document; want one", name, more.Line)
	} else if !errors.Is(err, io.EOF) {
		return yamlError(name, err)
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return l.take(doc.Content[0], func(line int) string { return name + ":" + strconv.Itoa(line) })
}

// take decodes one tree over what is there. place says where a line of it stands.
func (l *loader) take(root *yaml.Node, place func(line int) string) error {
	c := checker{places: map[string]int{}}
	c.node(root, reflect.TypeFor[Config](), "")
	if len(c.problems) > 0 {
		lines := make([]string, len(c.problems))
		for i, p := range c.problems {
			lines[i] = place(p.line) + ": " + p.text
		}
		return errors.New(strings.Join(lines, "\n"))
	}
	if err := root.Decode(&l.cfg); err != nil {
		return yamlError(strings.TrimSuffix(place(0), ":0"), err)
	}
	for path, line := range c.places {
		l.places[path] = place(line)
	}
	return nil
}

// notConfig are variables with our prefix that are read elsewhere.
var notConfig = map[string]bool{"YINGDA_NOW_OFFSET": true}

func (l *loader) environment(environ []string) error {
	for _, line := range slices.Sorted(slices.Values(environ)) {
		name, value, _ := strings.Cut(line, "=")
		key, ours := strings.CutPrefix(name, Prefix)
		if !ours || notConfig[name] {
			continue
		}
		path := strings.Split(strings.ToLower(key), "__")
		root := valueNode(value, typeAt(path))
		for _, key := range slices.Backward(path) {
			root = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, root}}
		}
		if err := l.take(root, func(int) string { return name }); err != nil {
			return err
		}
	}
	return nil
}

// typeAt is the type of the key at path, or nil.
func typeAt(path []string) reflect.Type {
	t := reflect.TypeFor[Config]()
	for _, key := range path {
		if t.Kind() != reflect.Struct || scalar(t) {
			return nil
		}
		var ok bool
		if t, ok = fieldsOf(t)[key]; !ok {
			return nil
		}
	}
	return t
}

// valueNode is a variable's value as YAML. What is to be a text stays one, whatever it looks like: a key of digits, a
// password that begins with a bracket.
func valueNode(value string, t reflect.Type) *yaml.Node {
	text := func(v string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v} }
	if t == nil || t.Kind() == reflect.String {
		return text(value)
	}
	if t == reflect.TypeFor[[]string]() && !strings.HasPrefix(strings.TrimSpace(value), "[") {
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list.Content = append(list.Content, text(part))
			}
		}
		return list
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(value), &doc); err != nil || len(doc.Content) != 1 {
		return text(value)
	}
	return doc.Content[0]
}

// placed puts before each refused key where it was set; a key that nobody set keeps its path alone.
func (l *loader) placed(err error) error {
	var out []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		key, _, _ := strings.Cut(line, ":")
		key, _, _ = strings.Cut(key, ",")
		for key != "" && l.places[key] == "" {
			key = key[:max(0, strings.LastIndexAny(key, ".["))]
		}
		if place := l.places[key]; place != "" {
			line = place + ": " + line
		}
		out = append(out, line)
	}
	return errors.New(strings.Join(out, "\n"))
}

// keyFile reads the store's key from its file, unless the key itself is given.
func (l *loader) keyFile() error {
	if l.cfg.Store.KeyFile == "" || l.cfg.Store.Key != "" {
		return nil
	}
	raw, err := os.ReadFile(l.cfg.Store.KeyFile)
	if err != nil {
		return l.placed(fmt.Errorf("store.key_file: %w", err))
	}
	l.cfg.Store.Key = strings.TrimSpace(string(raw))
	if l.cfg.Store.Key == "" {
		return l.placed(fmt.Errorf("store.key_file: %s is empty", l.cfg.Store.KeyFile))
	}
	if err := l.cfg.Store.Validate(); err != nil {
		return l.placed(fmt.Errorf("store.key_file: %s: %w", l.cfg.Store.KeyFile, err))
	}
	return nil
}
