package configs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"yingda/router"
)

// LoadRouting reads a routing policy, the document the API takes, and where each of its keys stands. Its errors name file,
// line and key of each thing that does not fit, and what is allowed.
func LoadRouting(file string) (doc router.Routing, lines map[string]int, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return doc, nil, fmt.Errorf("read the policy: %w", err)
	}
	var tree yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(raw)).Decode(&tree); errors.Is(err, io.EOF) {
		return doc, nil, fmt.Errorf("%s: is empty", file)
	} else if err != nil {
		return doc, nil, yamlError(file, err)
	}
	c := checker{places: map[string]int{}}
	c.node(tree.Content[0], reflect.TypeFor[router.Routing](), "")
	if len(c.problems) > 0 {
		text := make([]string, len(c.problems))
		for i, p := range c.problems {
			text[i] = file + ":" + strconv.Itoa(p.line) + ": " + p.text
		}
		return doc, nil, errors.New(strings.Join(text, "\n"))
	}
	if err := tree.Decode(&doc); err != nil {
		return doc, nil, yamlError(file, err)
	}
	return doc, c.places, nil
}

// SaveRouting writes a policy as the file LoadRouting reads: what is empty is left out.
func SaveRouting(w io.Writer, doc router.Routing) error {
	raw, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	var tree yaml.Node
	if err := yaml.Unmarshal(raw, &tree); err != nil { // JSON is YAML, and keeps the order of the keys
		return fmt.Errorf("write the policy: %w", err)
	}
	loosen(&tree)
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(&tree); err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	return nil
}

// loosen takes the JSON look off a tree: no braces but around nothing, no quotes where none are needed, no empty keys.
func loosen(n *yaml.Node) {
	n.Style = 0
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); {
		v := n.Content[i+1]
		if v.ShortTag() == "!!null" || v.Kind != yaml.ScalarNode && len(v.Content) == 0 {
			n.Content = append(n.Content[:i], n.Content[i+2:]...)
			continue
		}
		i += 2
	}
	for _, c := range n.Content {
		loosen(c)
	}
}
