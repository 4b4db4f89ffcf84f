package configs

import (
	"encoding/json"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"yingda/router"
)

// SaveRouting writes a policy as a file that [ReadDocument] reads: what is empty is left out.
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
