package codatest

// Stored returns what is stored in the cells of the table, by row id and
// column id, as valueFormat=rich shows it. Empty cells and those that are only
// calculated are left out.
func (t TableView) Stored() map[string]map[string]any {
	out := map[string]map[string]any{}
	t.doc.with(func(d *docState) {
		x, i := d.live.table(t.key)
		if i < 0 {
			return
		}
		base := d.live.baseOf(x)
		v := d.live.viewer(d, t.doc.s, formatRich)
		for _, r := range base.rows {
			out[r.id] = storedCells(v, base, r)
		}
	})
	return out
}
