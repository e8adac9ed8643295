package coda

import "time"

// LastWrite tells when this process last changed things of a kind in a document, or did what may have changed any of
// them, such as pushing a button; zero where it is not known to have. Reads may not show it yet.
func (c *Client) LastWrite(doc DocID, kind Kind) time.Time {
	m := c.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	n, ok := m.news.Peek(doc)
	if !ok {
		return time.Time{}
	}
	last := n.written[""]
	if at := n.written[kind]; at.After(last) {
		last = at
	}
	return last
}
