package coda

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
)

// Column types, the values of [Format.Type] that are known.
const (
	ColText           = "text"
	ColPerson         = "person"
	ColRelation       = "lookup"
	ColNumber         = "number"
	ColPercent        = "percent"
	ColCurrency       = "currency"
	ColDate           = "date"
	ColDateTime       = "dateTime"
	ColTime           = "time"
	ColDuration       = "duration"
	ColEmail          = "email"
	ColLink           = "link"
	ColSlider         = "slider"
	ColScale          = "scale"
	ColImage          = "image"
	ColImageReference = "imageReference"
	ColAttachments    = "attachments"
	ColButton         = "button"
	ColCheckbox       = "checkbox"
	ColSelect         = "select"
	ColPackObject     = "packObject"
	ColReaction       = "reaction"
	ColCanvas         = "canvas"
	ColOther          = "other"
)

// Column is a column of a table.
type Column struct {
	Object
	ID   string `json:"id"`
	Name string `json:"name"`
	Href string `json:"href"`
	// Display marks the column whose value is the row's name.
	Display bool `json:"display"`
	// Calculated columns have a formula; values written to them are discarded.
	Calculated   bool   `json:"calculated"`
	Formula      string `json:"formula"`
	DefaultValue string `json:"defaultValue"`
	Format       Format `json:"format"`
	// Parent is the table; [Client.GetColumn] alone gives it.
	Parent *TableLink `json:"parent"`
}

// Writable reports whether a value can be written to the column.
func (c *Column) Writable() bool { return !c.Calculated && c.Format.Type != ColButton }

// Format is a column's type and what is set for it. Which fields have a meaning depends on Type.
type Format struct {
	Object
	// Type is one of the column types, or what Coda adds.
	Type string `json:"type"`
	// IsArray says that cells hold lists. Coda calls it a guess.
	IsArray bool `json:"isArray"`

	// Table is the target of a relation.
	Table *TableLink `json:"table"`
	// Options are those of a select; Coda returns the first 5000.
	Options []SelectOption `json:"options"`
	// Precision is a number of decimals.
	Precision             int    `json:"precision"`
	UseThousandsSeparator bool   `json:"useThousandsSeparator"`
	CurrencyCode          string `json:"currencyCode"`
	// Format is a date's or time's pattern, or currency, accounting, financial.
	Format     string `json:"format"`
	DateFormat string `json:"dateFormat"`
	TimeFormat string `json:"timeFormat"`
	// MaxUnit of a duration is days, hours, minutes or seconds.
	MaxUnit string `json:"maxUnit"`
	// Minimum, Maximum and Step are numbers or formulas (strings).
	Minimum json.RawMessage `json:"minimum"`
	Maximum json.RawMessage `json:"maximum"`
	Step    json.RawMessage `json:"step"`
	// DisplayType of a slider or checkbox.
	DisplayType string `json:"displayType"`
	// Icon of a scale.
	Icon string `json:"icon"`
	// Label, DisableIf and Action are the formulas of a button.
	Label     string `json:"label"`
	DisableIf string `json:"disableIf"`
	Action    string `json:"action"`
}

// SelectOption is one choice of a select column.
type SelectOption struct {
	Name            string `json:"name"`
	BackgroundColor string `json:"backgroundColor"`
	ForegroundColor string `json:"foregroundColor"`
}

// UnmarshalJSON keeps unknown formats and never fails over a known one of an unexpected shape.
func (f *Format) UnmarshalJSON(data []byte) error {
	type plain Format
	var p plain
	if decode(data, &p) == nil {
		*f = Format(p)
	}
	f.setRaw(append(json.RawMessage(nil), data...))
	return nil
}

// ListColumnsOptions narrows [Client.ListColumns].
type ListColumnsOptions struct {
	ListOptions
	// VisibleOnly leaves out hidden columns; of a view it has an effect only there.
	VisibleOnly bool
}

// ListColumns lists a table's columns (GET …/columns), at most 100 per request.
func (c *Client) ListColumns(ctx context.Context, doc DocID, table string, opts ListColumnsOptions) iter.Seq2[*Column,
	error] {
	q := make(url.Values)
	if opts.VisibleOnly {
		q.Set("visibleOnly", "true")
	}
	return lister[Column]{
		request: request{op: OpListColumns, path: []string{doc, table}, query: q}, opts: opts.ListOptions, size: 100,
		key: func(col *Column) string { return col.ID },
	}.all(ctx, c)
}

// GetColumn reads a column by id or name (GET …/columns/{column}).
func (c *Client) GetColumn(ctx context.Context, doc DocID, table, column string) (*Column, error) {
	return do[Column](ctx, c, request{op: OpGetColumn, path: []string{doc, table, column}})
}
