package coda

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// refusal says why a value does not fit its column and what would.
type refusal struct{ problem, accepted string }

func (r *refusal) Error() string { return r.problem + "; accepted: " + r.accepted }

func refuse(accepted, problem string, args ...any) error {
	return &refusal{fmt.Sprintf(problem, args...), accepted}
}

// check brings a normalized value into the form that is written to the column, or refuses it. Coda itself refuses next to
// nothing here: it stores what does not fit as text. Relations are looked up afterwards.
func (col *Column) check(v any) (any, error) {
	if !col.Writable() {
		what := "the column is calculated, Coda discards what is written to it"
		if col.Format.Type == ColButton {
			what = "the column holds buttons"
		}
		return nil, refuse("nothing", "%s", what)
	}
	if v == "" {
		return v, nil
	}
	list, isList := v.([]any)
	if !isList {
		return col.checkItem(v)
	}
	if !col.takesLists() {
		if len(list) == 1 {
			return col.check(list[0])
		}
		if len(list) == 0 {
			return "", nil
		}
		return nil, refuse("one value", "a list of %d values", len(list))
	}
	checked := make([]any, len(list))
	for i, item := range list {
		if _, nested := item.([]any); nested && !col.freeForm() {
			return nil, refuse("a list of values", "a list within a list")
		}
		var err error
		if checked[i], err = col.checkItem(item); err != nil {
			return nil, err
		}
	}
	return checked, nil
}

// checkCurrency refuses money of another currency than the column's: Coda would store the bare amount.
func (col *Column) checkCurrency(v any) error {
	currency := ""
	switch v := v.(type) {
	case Money:
		currency = v.Currency
	case Cell:
		return col.checkCurrency(v.Plain())
	case map[string]any:
		currency, _ = v["currency"].(string)
	}
	if code := col.Format.CurrencyCode; currency != "" && code != "" && !strings.EqualFold(currency, code) {
		return refuse("an amount in "+code, "an amount in %s", clip(currency, 20))
	}
	return nil
}

// takesLists is generous where Coda's isArray, by its own word a guess, may be wrong.
func (col *Column) takesLists() bool {
	if col.Format.IsArray {
		return true
	}
	switch col.Format.Type {
	case ColImage, ColAttachments, ColReaction:
		return true
	}
	return col.freeForm()
}

// freeForm columns take what Coda makes of it.
func (col *Column) freeForm() bool {
	switch col.Format.Type {
	case ColText, ColPerson, ColRelation, ColNumber, ColPercent, ColCurrency, ColDate, ColDateTime, ColTime, ColDuration, ColEmail,
		ColLink, ColSlider, ColScale, ColImage, ColImageReference, ColAttachments, ColCheckbox, ColSelect, ColReaction, ColCanvas:
		return false
	}
	return true
}

func (col *Column) checkItem(v any) (any, error) {
	if v == "" {
		return v, nil
	}
	switch f := &col.Format; f.Type {
	case ColText, ColCanvas:
		return textOf(v)
	case ColNumber, ColPercent, ColCurrency:
		return numberOf(v, f.Type == ColPercent)
	case ColSlider, ColScale:
		return rangedNumber(v, f)
	case ColCheckbox:
		return boolOf(v)
	case ColDate, ColDateTime, ColTime:
		return momentOf(v, f.Type)
	case ColDuration:
		if s, ok := v.(string); ok {
			return s, nil
		}
		return nil, refuse(`text with a unit, such as "90 minutes" or "2 days"`, "a duration without a unit")
	case ColSelect:
		return optionOf(v, f.Options)
	case ColPerson:
		if s, ok := v.(string); ok {
			return s, nil
		}
		return nil, refuse("an e-mail address, or the exact name of somebody known in the doc", "not a person")
	case ColEmail:
		if s, ok := v.(string); ok {
			if _, err := mail.ParseAddress(s); err == nil {
				return s, nil
			}
		}
		return nil, refuse("an e-mail address", "not an e-mail address")
	case ColLink:
		if s, ok := v.(string); ok && !strings.ContainsAny(s, " \n\t") {
			return s, nil
		}
		return nil, refuse("a URL", "not a URL")
	case ColImage, ColImageReference, ColAttachments:
		if s, ok := v.(string); ok {
			if u, err := url.Parse(s); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
				return s, nil
			}
		}
		return nil, refuse("a public http(s) URL that Coda can fetch", "not a URL")
	case ColRelation, ColReaction:
		if s, ok := v.(string); ok {
			return s, nil
		}
		if f.Type == ColReaction {
			return nil, refuse("an emoji", "not an emoji")
		}
		if n, ok := v.(json.Number); ok {
			return n.String(), nil
		}
		return nil, refuse("a row id (i-…) or the exact name of a row", "not a row")
	}
	return v, nil
}

func textOf(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return nil, refuse("text", "not text")
}

const numberForms = `a number, or text that is one ("12.5", in percent columns also "45%")`

func numberOf(v any, percent bool) (any, error) {
	switch v := v.(type) {
	case json.Number:
		return v, nil
	case string:
		s := strings.TrimSpace(v)
		if percent {
			s = strings.TrimSpace(strings.TrimSuffix(s, "%"))
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && f-f == 0 {
			if s != strings.TrimSpace(v) {
				return v, nil
			}
			if json.Valid([]byte(s)) {
				return json.Number(s), nil
			}
			return json.Number(strconv.FormatFloat(f, 'f', -1, 64)), nil
		}
	}
	return nil, refuse(numberForms, "not a number")
}

func rangedNumber(v any, f *Format) (any, error) {
	n, err := numberOf(v, false)
	if err != nil {
		return nil, err
	}
	value, _ := n.(json.Number).Float64()
	lowest, hasLowest := bound(f.Minimum)
	highest, hasHighest := bound(f.Maximum)
	if f.Type == ColScale {
		lowest, hasLowest = 0, true
	}
	switch {
	case hasLowest && value < lowest, hasHighest && value > highest:
		low, high := "any", "any"
		if hasLowest {
			low = strconv.FormatFloat(lowest, 'f', -1, 64)
		}
		if hasHighest {
			high = strconv.FormatFloat(highest, 'f', -1, 64)
		}
		return nil, refuse("a number from "+low+" to "+high, "out of range")
	}
	return n, nil
}

// bound reads a limit that is a number; formulas are Coda's to evaluate.
func bound(raw json.RawMessage) (float64, bool) {
	var f float64
	if len(raw) == 0 || json.Unmarshal(raw, &f) != nil {
		return 0, false
	}
	return f, true
}

func boolOf(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case string:
		if b, ok := map[string]bool{"true": true, "false": false}[strings.ToLower(strings.TrimSpace(v))]; ok {
			return b, nil
		}
	}
	return nil, refuse("true or false", "neither true nor false")
}

// momentOf insists on ISO 8601: Coda reads 04/03 by the document's locale, and stores a Unix time as a number.
func momentOf(v any, kind string) (any, error) {
	forms := map[string]string{
		ColDate: "an ISO 8601 date such as 2026-11-24", ColDateTime: "an ISO 8601 date and time such as 2026-11-24T15:04:05Z", ColTime: "a time such as 15:04",
	}[kind]
	s, ok := v.(string)
	if !ok {
		return nil, refuse(forms, "a number would be stored as a number, not as a time")
	}
	if _, ok := parseMoment(s); !ok {
		return nil, refuse(forms, "not an unmistakable date or time")
	}
	_, clockErr := time.Parse(time.TimeOnly, strings.TrimSpace(s))
	_, shortErr := time.Parse("15:04", strings.TrimSpace(s))
	clockOnly := clockErr == nil || shortErr == nil
	if clockOnly && kind != ColTime {
		return nil, refuse(forms, "a time of day without a date")
	}
	return s, nil
}

// knownOptions is how many options of a select Coda tells; of a longer list it cannot be said what is missing.
const knownOptions = 5000

func optionOf(v any, options []SelectOption) (any, error) {
	text, err := textOf(v)
	if err != nil {
		return nil, refuse("the name of an option", "not the name of an option")
	}
	s := text.(string)
	if len(options) == 0 || len(options) >= knownOptions {
		return s, nil
	}
	var folded []string
	names := make([]string, len(options))
	for i, o := range options {
		names[i] = o.Name
		if o.Name == s {
			return s, nil
		}
		if fold(o.Name) == fold(s) {
			folded = append(folded, o.Name)
		}
	}
	if len(folded) == 1 {
		return folded[0], nil
	}
	problem := "no such option"
	if near := similar(s, names); len(near) > 0 {
		problem += ", did you mean " + quoteList(near, " or ") + "?"
	}
	accepted := quoteList(names[:min(len(names), 20)], ", ")
	if len(names) > 20 {
		accepted += fmt.Sprintf(" and %d more", len(names)-20)
	}
	return nil, refuse(accepted, "%s", problem)
}
