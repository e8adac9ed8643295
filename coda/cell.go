package coda

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Cell is a value as Coda sent it: JSON, decoded on demand. In the Rich format it is a scalar, an object that says what
// it is in "@type" (schema.org's terms), or a list of those.
type Cell json.RawMessage

// UnmarshalJSON keeps the JSON.
func (c *Cell) UnmarshalJSON(data []byte) error {
	*c = bytes.Clone(data)
	return nil
}

// MarshalJSON gives the JSON back.
func (c Cell) MarshalJSON() ([]byte, error) {
	if len(c) == 0 {
		return []byte("null"), nil
	}
	return c, nil
}

// Person is somebody, as Coda writes people into cells.
type Person struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

// Relation is a row that a cell refers to.
type Relation struct {
	Name    string `json:"name"`
	RowID   string `json:"rowId"`
	TableID string `json:"tableId,omitempty"`
}

// Money is an amount in a currency (ISO 4217).
type Money struct {
	Amount   json.Number `json:"amount"`
	Currency string      `json:"currency"`
}

// Link is a named web address.
type Link struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url"`
}

// linkedData is the union of Coda's rich values.
type linkedData struct {
	Type           string          `json:"@type"`
	AdditionalType string          `json:"additionalType"`
	Name           string          `json:"name"`
	Email          string          `json:"email"`
	URL            string          `json:"url"`
	RowID          string          `json:"rowId"`
	TableID        string          `json:"tableId"`
	Currency       string          `json:"currency"`
	Amount         json.RawMessage `json:"amount"`
}

// Plain returns what a person means by the value: nil, a bool, a string, a [json.Number], a [Relation], a [Person], a
// [Money], a [Link] that has a name of its own, or a list ([]any) of those. An image or bare link is its URL. An object
// of a kind that this package does not know stays a map.
func (c Cell) Plain() any {
	d := json.NewDecoder(bytes.NewReader(c))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return flatten(v)
}

func flatten(v any) any {
	switch v := v.(type) {
	case string:
		return unfence(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = flatten(item)
		}
		return list
	case map[string]any:
		return flattenObject(v)
	default:
		return v
	}
}

func flattenObject(m map[string]any) any {
	var l linkedData
	if raw, err := json.Marshal(m); err != nil || decode(raw, &l) != nil {
		return m
	}
	switch l.Type {
	case "Person":
		return Person{Name: l.Name, Email: l.Email}
	case "MonetaryAmount":
		return Money{Amount: amount(l.Amount), Currency: l.Currency}
	case "ImageObject":
		return l.URL
	case "WebPage":
		if l.Name == "" || l.Name == l.URL {
			return l.URL
		}
		return Link{Name: l.Name, URL: l.URL}
	case "StructuredValue":
		if l.RowID != "" {
			return Relation{Name: l.Name, RowID: l.RowID, TableID: l.TableID}
		}
	}
	return m
}

// amount reads a number that may be written as a string.
func amount(raw json.RawMessage) json.Number {
	s := strings.Trim(string(raw), `"`)
	if _, err := strconv.ParseFloat(s, 64); err != nil || !json.Valid([]byte(s)) {
		return "0"
	}
	return json.Number(s)
}

const fence = "```"

// unfence undoes what the Rich format does to plain text: it is Markdown there, and text without formatting comes
// wrapped in triple backticks. What is a code block of its own, fences on lines of their own, stays; text that merely
// looks like one cannot be told from it.
func unfence(s string) string {
	if len(s) < 2*len(fence) || !strings.HasPrefix(s, fence) || !strings.HasSuffix(s, fence) {
		return s
	}
	inner := s[len(fence) : len(s)-len(fence)]
	if strings.Contains(inner, fence) {
		return s
	}
	if info, code, lines := strings.Cut(inner, "\n"); lines && strings.HasSuffix(code, "\n") && isCodeLanguage(info) {
		return s
	}
	return inner
}

// isCodeLanguage knows the names that Coda puts behind the fence of a code block; none stands for plain code.
func isCodeLanguage(info string) bool {
	switch strings.ToLower(info) {
	case "", "bash", "c", "c++", "cpp", "c#", "csharp", "css", "diff", "go", "golang", "graphql", "html", "java",
		"javascript", "js", "json",
		"jsx", "kotlin", "markdown", "md", "php", "plaintext", "python", "py", "r", "ruby", "rust", "scala", "sh", "shell",
		"sql", "swift",
		"ts", "tsx", "typescript", "xml", "yaml", "yml":
		return true
	}
	return false
}

// Text returns the value in words, lists joined by ", ".
func (c Cell) Text() string { return plainText(c.Plain()) }

func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case Relation:
		// A row without a name, or whose name does not exist for the reader, is a row still.
		return cmp.Or(v.Name, v.RowID)
	case Person:
		switch {
		case v.Email == "":
			return v.Name
		case v.Name == "":
			return v.Email
		}
		return v.Name + " <" + v.Email + ">"
	case Money:
		return strings.TrimSpace(v.Amount.String() + " " + v.Currency)
	case Link:
		return v.Name + " <" + v.URL + ">"
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = plainText(item)
		}
		return strings.Join(parts, ", ")
	default:
		raw, _ := encode(v)
		return string(raw)
	}
}

// IsEmpty reports whether the cell holds nothing.
func (c Cell) IsEmpty() bool {
	switch v := c.Plain().(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	}
	return false
}

// List returns the items of a list, and a value that is none as its only item; nothing for an empty cell.
func (c Cell) List() []Cell {
	var items []json.RawMessage
	if json.Unmarshal(c, &items) == nil {
		cells := make([]Cell, len(items))
		for i, item := range items {
			cells[i] = Cell(item)
		}
		return cells
	}
	if c.IsEmpty() {
		return nil
	}
	return []Cell{c}
}

// Number returns a number, the amount of money, or a text that is a number.
func (c Cell) Number() (float64, bool) {
	switch v := c.Plain().(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case Money:
		f, err := v.Amount.Float64()
		return f, err == nil
	case string:
		n, err := readDecimal(strings.TrimSpace(v), "")
		if err != nil || len(n) > numberBytes {
			return 0, false
		}
		f, err := json.Number(n).Float64()
		return f, err == nil
	}
	return 0, false
}

// Bool returns a checkbox's value.
func (c Cell) Bool() (value, ok bool) {
	switch v := c.Plain().(type) {
	case bool:
		return v, true
	case string:
		b, err := strconv.ParseBool(v)
		return b, err == nil
	}
	return false, false
}

// Time returns a date, time of day or both.
func (c Cell) Time() (time.Time, bool) {
	s, ok := c.Plain().(string)
	if !ok {
		return time.Time{}, false
	}
	return parseMoment(s)
}

// Relations returns the rows that the cell refers to.
func (c Cell) Relations() []Relation { return only[Relation](c.Plain()) }

// People returns the people in the cell.
func (c Cell) People() []Person { return only[Person](c.Plain()) }

// Money returns the amount in a currency cell.
func (c Cell) Money() (Money, bool) {
	m, ok := c.Plain().(Money)
	return m, ok
}

// URLs returns the addresses of the links, images and attachments in the cell.
func (c Cell) URLs() []string {
	var urls []string
	for _, item := range c.List() {
		switch v := item.Plain().(type) {
		case Link:
			urls = append(urls, v.URL)
		case string:
			if strings.HasPrefix(v, "https://") || strings.HasPrefix(v, "http://") {
				urls = append(urls, v)
			}
		}
	}
	return urls
}

// only picks the items of one kind out of a value and its lists.
func only[T any](v any) []T {
	switch v := v.(type) {
	case T:
		return []T{v}
	case []any:
		var all []T
		for _, item := range v {
			all = append(all, only[T](item)...)
		}
		return all
	}
	return nil
}

// moments are the ISO 8601 forms that Coda reads without guessing, and those that it writes.
var moments = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15:04Z07:00",
	"2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly, time.TimeOnly, "15:04",
}

func parseMoment(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range moments {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
