package webui

import (
	"path"
	"strings"
)

// dangerous are file name endings that a system runs, or that carry programs: marked, so that nobody opens one by
// mistake. Archives are not among them: what is in them is nobody's knowledge, since we never open them.
var dangerous = wordSet(`ade adp apk app appx bat bin chm cmd com command cpl csh dll dmg docm dotm dylib exe gadget hta htm html img inf
	ins iso isp jar jnlp js jse ksh lib lnk mde mht mhtml msc msh msi msix msp mst ocx one osx pif pkg potm ppam pptm ps1 ps1xml psc1 py
	pyw rb reg rgs run scf scr sct settingcontent-ms sh shb shtml sldm so svg svgz swf sys terminal url vb vbe vbs vbscript vhd vhdx vxd
	wsc wsf wsh xbap xht xhtml xlam xll xlsm xltm xml xsl xslt zsh`)

func wordSet(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// dangerousFile reports whether a file may be a program, by its last ending or by its type. Trailing dots and blanks
// are what Windows leaves out.
func dangerousFile(name, kind string) bool {
	name = strings.TrimRight(strings.ToLower(fileName(name)), ". \u00a0\u3000")
	if dangerous[strings.TrimPrefix(path.Ext(name), ".")] {
		return true
	}
	switch mediaType(kind) {
	case "text/html", "application/xhtml+xml", "image/svg+xml", "application/javascript", "text/javascript", "application/hta",
		"application/x-msdownload", "application/x-msdos-program", "application/x-sh", "application/java-archive", "application/x-ms-shortcut",
		"application/vnd.microsoft.portable-executable", "text/xml", "application/xml":
		return true
	}
	return false
}
