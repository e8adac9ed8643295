package codatest

import "slices"

func (c *call) columnRef(t *tableState, id string) obj {
	return obj{"id": id, "type": "column", "href": c.href("docs", c.doc.id, "tables", t.id, "columns", id)}
}

func (c *call) renderColumn(k *content, t *tableState, col *columnState) obj {
	out := c.columnRef(t, col.ID)
	out["name"] = col.Name
	out["format"] = c.columnFormat(k, col)
	if k.baseOf(t).displayColumn() == col {
		out["display"] = true
	}
	if col.calculated() && (col.synced || col.Type != "button") {
		out["calculated"] = true
		if col.Formula != "" {
			out["formula"] = col.Formula
		}
	}
	if col.Default != "" {
		out["defaultValue"] = col.Default
	}
	return out
}

func (c *call) columnFormat(k *content, col *columnState) obj {
	f := obj{"type": col.Type, "isArray": col.Array}
	switch col.Type {
	case "lookup":
		if t, i := k.table(col.target); i >= 0 {
			f["table"] = c.tableRef(k, t)
		}
	case "person":
		// A person refers to the list of the doc's people, which is no table of
		// the API; the schema demands a reference all the same.
		f["table"] = obj{"id": "grid-sys-people", "type": "table", "tableType": "table", "name": "People",
			"href": c.href("docs", c.doc.id, "tables", "grid-sys-people"), "browserLink": c.s.docLink(c.doc)}
	case "number", "percent":
		f["precision"] = precision(col, 0)
		f["useThousandsSeparator"] = false
	case "currency":
		f["currencyCode"], f["precision"], f["format"] = col.currency(), precision(col, 2), "currency"
	case "date":
		f["format"] = "YYYY-MM-DD"
	case "dateTime":
		f["dateFormat"], f["timeFormat"] = "YYYY-MM-DD", "HH:mm"
	case "time":
		f["format"] = "HH:mm"
	case "duration":
		f["precision"], f["maxUnit"] = 2, "days"
	case "email":
		f["display"], f["autocomplete"] = "iconAndEmail", true
	case "link":
		f["display"], f["force"] = "url", false
	case "slider":
		f["minimum"], f["maximum"], f["step"] = col.Minimum, orElse(col.Maximum, 100), orElse(col.Step, 1)
		f["displayType"], f["showValue"] = "slider", true
	case "scale":
		f["maximum"], f["icon"] = orElse(col.Maximum, 5), "star"
		if col.Icon != "" {
			f["icon"] = col.Icon
		}
	case "imageReference":
		f["width"], f["height"], f["style"] = 100, 100, "auto"
	case "checkbox":
		f["displayType"] = "toggle"
	case "button":
		f["label"], f["action"] = col.Label, col.Action
		if col.DisableIf != "" {
			f["disableIf"] = col.DisableIf
		}
	case "select":
		options := []obj{}
		for i, o := range col.Options[:min(len(col.Options), 5000)] {
			options = append(options, obj{"name": o, "backgroundColor": colors[i%len(colors)], "foregroundColor": "#172537"})
		}
		f["options"] = options
	}
	return f
}

var colors = []string{"#E9F5FE", "#FDEBE8", "#E7F6EC", "#FFF5DA", "#F1EAFB"}

func precision(col *columnState, def int) int {
	if col.Precision != nil {
		return *col.Precision
	}
	return def
}

func orElse(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return v
}

func listColumns(c *call) (any, error) {
	w, err := c.window(25, 100)
	if err != nil {
		return nil, err
	}
	visible, err := c.queryBool("visibleOnly", false)
	if err != nil {
		return nil, err
	}
	t, err := c.theTable()
	if err != nil {
		return nil, err
	}
	k := c.doc.read()
	return page(c, w, k.columnsOf(t, visible), func(col *columnState) any { return c.renderColumn(k, t, col) }), nil
}

func getColumn(c *call) (any, error) {
	t, err := c.theTable()
	if err != nil {
		return nil, err
	}
	k := c.doc.read()
	key := c.path("columnIdOrName")
	col := k.baseOf(t).column(key)
	if col == nil || !slices.Contains(k.columnsOf(t, false), col) {
		return nil, notFound("Could not find a column with ID or name %q.", key)
	}
	out := c.renderColumn(k, t, col)
	out["parent"] = c.tableRef(k, t)
	return out, nil
}
