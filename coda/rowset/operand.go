package rowset

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/internal/lazyregexp"
)

// operand reads one value for a column: in the form in which answers show it, or people write it. A value that can
// never match is a mistake, and is refused rather than answered with no rows.
func (p *parser) operand(f field, o op, v any) (operand, bool) {
	text, ok := p.textFor(f, v)
	if !ok {
		return operand{}, false
	}
	w := operand{raw: text, text: fold(text), option: -1}
	if o == opContains || o == opStartsWith || o == opEndsWith {
		if f.column == nil || w.text == "" {
			p.blame("%s cannot be used on %s with %s.", string(o), quote(f.name()), show(v))
			return w, false
		}
		return w, true
	}
	switch f.kind {
	case kindNumber:
		return w, p.number(f, &w, v)
	case kindDay, kindMoment:
		return w, p.moment(f, &w)
	case kindClock:
		return w, p.clock(f, &w)
	case kindDuration:
		return w, p.duration(f, &w, v)
	case kindCheckbox:
		return w, p.checkbox(f, &w, o, v)
	case kindSelect:
		return w, p.option(f, &w)
	case kindPerson:
		return w, o != opEqual || p.closed.person(p, f, &w)
	case kindRelation:
		return w, o != opEqual || p.closed.relation(p, f, &w)
	case kindLink:
		w.text = bareAddress(w.text)
		return w, p.text(f, o, v)
	case kindText:
		return w, p.text(f, o, v)
	}
	if n, ok := v.(json.Number); ok {
		w.num, _ = plainNumber(n.String())
	}
	return w, true
}

var (
	markdownLink = lazyregexp.New(`^\[[^\]]*\]\((https?://[^()\s]+)\)$`)
	// namedRow is a related row with its id, as answers show it.
	namedRow = lazyregexp.New(`^.* \((i-[A-Za-z0-9_-]+)\)$`)
	// severalRows is where another row begins in a text that shows several.
	severalRows = lazyregexp.New(`\(i-[A-Za-z0-9_-]+\)\s*[,;\n]`)
)

// textFor writes a value as text, and picks from an object what identifies it.
func (p *parser) textFor(f field, v any) (string, bool) {
	text := ""
	switch v := v.(type) {
	case string:
		text = v
	case json.Number, bool:
		text = scalarText(v)
	case map[string]any:
		text = identity(f.kind, v)
	}
	switch {
	case len(text) > mostText:
		p.blame("A value for %s is %d bytes long; the most is %d.", quote(f.name()), len(text), mostText)
		return "", false
	case strings.TrimSpace(text) == "":
		p.blame("%s is compared to one text, number or true/false, not to %s.", quote(f.name()), show(v))
		return "", false
	}
	return f.reference(text), true
}

// reference takes from a link or related row, as answers show them, what finds it.
func (f field) reference(text string) string {
	if m := markdownLink.FindStringSubmatch(text); m != nil && (f.kind == kindLink || f.kind == kindRelation) {
		return m[1]
	}
	if m := namedRow.FindStringSubmatch(text); m != nil && f.kind == kindRelation && !severalRows.MatchString(text) {
		return m[1]
	}
	return text
}

// bareAddress is a folded web address without what people and Coda leave out or add: https:// in front and a slash at
// the end.
func bareAddress(text string) string {
	for _, scheme := range []string{"https://", "http://"} {
		if bare, ok := strings.CutPrefix(text, scheme); ok {
			text = bare
			break
		}
	}
	return strings.TrimSuffix(text, "/")
}

func identity(k kind, m map[string]any) string {
	order := []string{"name", "email", "url", "row", "rowId", "amount"}
	switch k {
	case kindRelation:
		order = []string{"row", "rowId", "row_id", "id", "url", "link", "name"}
	case kindPerson:
		order = []string{"email", "name"}
	case kindLink:
		order = []string{"url", "link", "name"}
	case kindNumber:
		order = []string{"amount"}
	}
	for _, key := range order {
		text := ""
		switch v := m[key].(type) {
		case string:
			text = v
		case json.Number:
			text = v.String()
		}
		if text == "" {
			continue
		}
		if currency, ok := m["currency"].(string); ok && key == "amount" {
			text += " " + currency
		}
		return text
	}
	return ""
}

func (p *parser) number(f field, w *operand, v any) bool {
	n, currency, ok := amountOf(w.raw)
	format := &f.column.Format
	switch {
	case !ok:
		p.blame("%s is a %s column, and %s is not a number. Write it as in 1234.5.", quote(f.name()), format.Type,
			show(v))
		return false
	case currency != "" && format.Type != coda.ColCurrency:
		p.blame("%s is a %s column without a currency. Compare it to the bare number, not to %s.", quote(f.name()),
			format.Type, show(v))
		return false
	case currency != "" && format.CurrencyCode != "" && !strings.EqualFold(currency, format.CurrencyCode):
		p.blame("%s is in %s, and %s is not.", quote(f.name()), format.CurrencyCode, show(v))
		return false
	}
	if format.Type == coda.ColPercent && !strings.HasSuffix(strings.TrimSpace(w.raw), "%") && (n.f > 1 || n.f < -1) {
		percent := strconv.FormatFloat(n.f*100, 'f', -1, 64)
		p.note(fmt.Sprintf("%s in the percent column %s is %s %%; for %s %% write \"%s%%\".",
			w.raw, quote(f.name()), percent, w.raw, w.raw))
	}
	w.num = n
	return true
}

func (p *parser) moment(f field, w *operand) bool {
	if r, ok := relativeOf(w.raw); ok {
		w.relative = r
		return true
	}
	var ok bool
	if w.period, ok = periodOf(w.raw); ok {
		if f.kind == kindDay {
			w.period = w.period.day()
		}
		return true
	}
	what := "is not a date"
	if ambiguousDay.MatchString(w.raw) {
		what = "may be read in two ways"
	}
	p.blame("%s holds dates, and %s %s. Write 2026-03-04, 2026-03, 2026-Q1, 2026, 2026-03-04T15:04, or "+
		"relatively: %s.",
		quote(f.name()), quote(w.raw), what, relativeForms)
	return false
}

func (p *parser) clock(f field, w *operand) bool {
	var ok bool
	if w.period, ok = clockOf(w.raw); ok {
		return true
	}
	if at, isTime := cellMoment(w.raw); isTime { // as Coda writes it
		clock := clockTime(at)
		w.period = period{clock, clock.Add(1e9), true}
		return true
	}
	p.blame("%s holds times of day, and %s is not one. Write 15:04.", quote(f.name()), quote(w.raw))
	return false
}

func (p *parser) duration(f field, w *operand, v any) bool {
	var ok bool
	if w.length, ok = durationOf(w.raw); ok {
		return true
	}
	p.blame("%s holds durations, and %s is not one. Write it with its unit: \"90 mins\", \"2 days 3 hrs\", \"1:30\" "+
		"(hours and minutes).",
		quote(f.name()), show(v))
	return false
}

func (p *parser) checkbox(f field, w *operand, o op, v any) bool {
	var ok bool
	if w.yes, ok = truth(v); ok && o == opEqual {
		return true
	}
	p.blame("%s is a checkbox: compare it to true or false, not %s.", quote(f.name()), string(o)+" "+show(v))
	return false
}

// truth reads true and false in the words that tables use.
func truth(v any) (yes, ok bool) { return coda.ParseCheckbox(scalarText(v)) }

// text lets text be ordered as text only where that is what was meant.
func (p *parser) text(f field, o op, v any) bool {
	if _, number := v.(json.Number); number && o != opEqual {
		p.blame("%s is a text column and compares as text, where 10 comes before 9. If that is meant, write the "+
			"value in quotes: %s.",
			quote(f.name()), quote(scalarText(v)))
		return false
	}
	return true
}

// knownOptions is how many options of a select Coda tells; of a longer list it cannot be said what is missing.
const knownOptions = 5000

func (p *parser) option(f field, w *operand) bool {
	if n := len(f.column.Format.Options); n == 0 || n >= knownOptions {
		return true
	}
	options := p.columns.optionsOf(f.column)
	if name, ok := options.named(w.raw); ok {
		w.raw, w.text, w.option = name, fold(name), options.place[name]
		return true
	}
	if p.faults.full() {
		p.faults.More++
		return false
	}
	hint := didYouMean(w.raw, options.names, &p.columns.work)
	if len(options.divide(w.raw)) > 1 {
		hint = " For any of several write a list."
	}
	p.blame("%s has no option %s.%s The options are %s.", quote(f.name()), quote(w.raw), hint, listed(options.names,
		20, " and "))
	return false
}
