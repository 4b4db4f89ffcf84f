package email

import (
	"strings"

	"yingda/desk"
)

// cutUU takes uuencoded files out of a plain text (Lotus Notes, old gateways). What does not decode stays text.
func cutUU(text string) (rest string, files []File) {
	if !strings.Contains(text, "begin ") {
		return text, nil
	}
	lines := strings.Split(text, "\n")
	var kept []string
	for i := 0; i < len(lines); i++ {
		name, ok := uuBegin(lines[i])
		if !ok {
			kept = append(kept, lines[i])
			continue
		}
		data, next, ok := uuBody(lines, i+1)
		if !ok {
			kept = append(kept, lines[i])
			continue
		}
		files = append(files, File{Attachment: desk.Attachment{Name: fileName(name), ContentType: "application/octet-stream"}, Data: data})
		i = next
	}
	return strings.Join(kept, "\n"), files
}

// uuBegin reads "begin 644 name".
func uuBegin(line string) (name string, ok bool) {
	f := strings.SplitN(strings.TrimRight(line, "\r"), " ", 3)
	if len(f) != 3 || f[0] != "begin" || len(f[1]) < 3 || len(f[1]) > 4 || strings.Trim(f[1], "01234567") != "" {
		return "", false
	}
	return f[2], true
}

func uuBody(lines []string, i int) (data []byte, end int, ok bool) {
	for ; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], "\r")
		if line == "end" {
			return data, i, true
		}
		if line == "" || line == "`" {
			continue
		}
		n := int(line[0]-' ') & 63
		if line[0] < ' ' || line[0] > '`' {
			return nil, 0, false
		}
		var group []byte
		for k := 1; k+3 < len(line)+3 && len(group) < n; k += 4 {
			var c [4]byte
			for j := range c {
				if k+j < len(line) {
					c[j] = (line[k+j] - ' ') & 63
				}
			}
			group = append(group, c[0]<<2|c[1]>>4, c[1]<<4|c[2]>>2, c[2]<<6|c[3])
		}
		data = append(data, group[:min(n, len(group))]...)
	}
	return nil, 0, false
}
