package desk

import "strings"

// oneLine folds white space so that a list can show the text on one line.
func oneLine(s string) string {
	if len(s) > 4096 {
		s = clip(s, 1024)
	}
	return strings.Join(strings.Fields(s), " ")
}

// domainOf is what stands behind the @ of an address, or "".
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return domain
}

func lower(a Address) string { return strings.ToLower(strings.TrimSpace(a.Address)) }
