package codatest

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"net/url"
	"strings"
)

// hostedFiles is where Coda keeps its copies.
const hostedFiles = "https://codahosted.io/docs/"

// fetchImage makes an image of a written address, as the manners have it.
func (p *cellParser) fetchImage(link string) image {
	if !p.manners.RehostImages {
		return image{url: link}
	}
	hosted, ok := rehost(p.d.id, link)
	return image{url: hosted, name: fileName(link), failed: !ok}
}

// cover is the address of a page's cover, as the manners have it; one that
// cannot be fetched is none.
func (c *call) cover(link string) string {
	if link == "" || !c.s.behavior.RehostImages {
		return link
	}
	hosted, _ := rehost(c.doc.id, link)
	return hosted
}

// rehost returns the address of the copy that the doc keeps of what is at the
// link; ok is false where a stranger cannot fetch it. The copy of a copy is
// that copy.
func rehost(docID, link string) (hosted string, ok bool) {
	if strings.HasPrefix(link, hostedFiles+docID+"/") {
		return link, true
	}
	u, err := url.Parse(link)
	if err != nil || u.User != nil || privateHost(u.Hostname()) {
		return "", false
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(docID + "\x00" + link))
	return fmt.Sprintf("%s%s/blobs/bl-%016x", hostedFiles, docID, h.Sum64()), true
}

// privateHost reports whether the name or address is one of an own network.
func privateHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !strings.Contains(host, ".") {
		return true // localhost, intranet, or nothing at all
	}
	for _, end := range []string{".local", ".localhost", ".internal", ".intranet", ".lan", ".home.arpa", ".corp"} {
		if strings.HasSuffix(host, end) {
			return true
		}
	}
	return false
}
