package coda

import "time"

// LastWrite tells when this process last changed things of a kind in a document, or did what may have changed any of
// them, such as pushing a button; zero where it is not known to have. Reads may not show it yet. The text of pages is
// [KindElement].
func (c *Client) LastWrite(doc DocID, kind Kind) time.Time {
	return c.memory.lastWrite(doc, func(n *docNews) time.Time { return n.written[kind] })
}

// LastWriteTo is [Client.LastWrite] for the rows of one table, or the text of one page, by its id.
func (c *Client) LastWriteTo(doc DocID, id string) time.Time {
	return c.memory.lastWrite(doc, func(n *docNews) time.Time { return n.things[id] })
}

func (m *Memory) lastWrite(doc DocID, of func(*docNews) time.Time) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, ok := m.news.Peek(doc)
	if !ok {
		return time.Time{}
	}
	last := n.written[""]
	if at := of(n); at.After(last) {
		last = at
	}
	return last
}
