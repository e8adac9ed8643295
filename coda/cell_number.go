package coda

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/coda/internal/lazyregexp"
	"github.com/bestviable/coda-gateway/coda/near"
)

const numberForms = `a number, or text that is one ("12.5")`

// number reads a number, percentage, amount of money, or position on a scale.
func (r *columnReader) number(v any) (any, error) {
	var n json.Number
	var err error
	unit := false
	switch v := v.(type) {
	case json.Number:
		n = v
	case Money:
		if r.col.Format.Type != ColCurrency {
			return nil, refuse(r.numberForms(), "money")
		}
		if err := r.checkCurrency(v.Currency); err != nil {
			return nil, err
		}
		n, unit = v.Amount, v.Currency != ""
	case string:
		n, err = r.numberText(v)
		unit = strings.Trim(v, "0123456789.,+-− '’\u00a0\u2009\u202f") != ""
	default:
		return nil, refuse(r.numberForms(), "not a number")
	}
	if err != nil {
		return nil, err
	}
	if err := exactNumber(n); err != nil {
		return nil, err
	}
	return n, r.numberFits(n, unit)
}

func (r *columnReader) numberForms() string {
	switch f := &r.col.Format; {
	case f.Type == ColPercent:
		return `a number where 1 is 100 % (0.45), or text with the sign ("45 %")`
	case f.Type == ColCurrency && f.CurrencyCode != "":
		return `a number, or text with the unit ("12.50 ` + f.CurrencyCode + `")`
	}
	return numberForms
}

// numberFits checks the bounds of sliders and scales, and says the unit of percentages, and of amounts that came
// without one.
func (r *columnReader) numberFits(n json.Number, unit bool) error {
	f := &r.col.Format
	switch f.Type {
	case ColPercent:
		about := "unit"
		if !strings.HasPrefix(strings.TrimPrefix(string(n), "-"), "0") && n != "1" {
			about = "unit above 1" // more than 100 %, which is told before all else
		}
		r.say(r.col, about, fmt.Sprintf("%s = %s %%", n, shiftPoint(string(n), 2)))
	case ColCurrency:
		if f.CurrencyCode != "" && !unit {
			r.say(r.col, "unit", "numbers are amounts in "+f.CurrencyCode)
		}
	case ColSlider, ColScale:
		return inRange(n, f)
	}
	return nil
}

func inRange(n json.Number, f *Format) error {
	value, _ := n.Float64()
	lowest, hasLowest := bound(f.Minimum)
	highest, hasHighest := bound(f.Maximum)
	if f.Type == ColScale {
		lowest, hasLowest = 0, true
	}
	if hasLowest && value < lowest || hasHighest && value > highest {
		low, high := "any", "any"
		if hasLowest {
			low = strconv.FormatFloat(lowest, 'f', -1, 64)
		}
		if hasHighest {
			high = strconv.FormatFloat(highest, 'f', -1, 64)
		}
		return refuse("a number from "+low+" to "+high, "out of range")
	}
	return nil
}

// bound reads a limit that is a number; formulas are Coda's to evaluate.
func bound(raw json.RawMessage) (float64, bool) {
	var f float64
	if len(raw) == 0 || json.Unmarshal(raw, &f) != nil {
		return 0, false
	}
	return f, true
}

// exactNumber refuses whole numbers that Coda, whose numbers have 53 bits, would store as others.
func exactNumber(n json.Number) error {
	if len(n) <= 15 && !strings.ContainsAny(string(n), "eE") {
		return nil
	}
	if f, err := n.Float64(); err != nil || f-f != 0 {
		return refuse(numberForms, "too large for a number")
	}
	rat, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return refuse(numberForms, "not a number")
	}
	if _, exact := rat.Float64(); rat.IsInt() && !exact {
		return refuse("whole numbers up to 9007199254740992, or a text column",
			"more digits than Coda's numbers keep: it would be stored as another number")
	}
	return nil
}

// numberText reads a number as people write it, with its unit.
func (r *columnReader) numberText(given string) (json.Number, error) {
	s := strings.TrimSpace(given)
	if len(s) > numberBytes {
		return "", refuse(r.numberForms(), "not a number")
	}
	percent := false
	switch r.col.Format.Type {
	case ColPercent:
		for _, sign := range []string{"%", "percent"} {
			if rest, ok := strings.CutSuffix(s, sign); ok {
				s, percent = strings.TrimSpace(rest), true
				break
			}
		}
	case ColCurrency:
		rest, unit := cutCurrency(s)
		if err := r.checkCurrency(unit); err != nil {
			return "", err
		}
		s = rest
	}
	n, err := readDecimal(s, r.opts.Decimal)
	if err != nil {
		return "", r.explainNumber(err)
	}
	if percent {
		n = shiftPoint(n, -2)
	}
	switch {
	case n != s && !percent && (strings.Trim(s, "0123456789.+-") != "" || r.opts.Decimal == ",") ||
		n != s && strings.HasPrefix(strings.TrimLeft(s, "+-"), "0"):
		r.say(r.col, given, near.Sprintf("%q = %s", clip(given, 40), n))
	case r.opts.Decimal == "" && maybeThousands.MatchString(s):
		r.say(r.col, given, near.Sprintf(`%q was read with a decimal point; if it means thousands, pass decimal ","`, clip(given, 40)))
	}
	return json.Number(n), nil
}

func (r *columnReader) explainNumber(err error) error {
	if refused, ok := err.(*refusal); ok && refused.accepted == "" {
		refused.accepted = r.numberForms()
	}
	return err
}

// maybeThousands are numbers that mean something else where the point divides thousands.
var maybeThousands = lazyregexp.New(`^[+-]?[1-9]\d{0,2}\.\d{3}$`)

var (
	plainDecimal   = lazyregexp.New(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$`)
	groupedDecimal = lazyregexp.New(`^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$`)
	spacedDecimal  = lazyregexp.New(`^[+-]?\d{1,3}([ '’\x{a0}\x{2009}\x{202f}]\d{3})+([.,]\d*)?$`)
	// otherWay are texts that are numbers where a comma is the decimal mark.
	otherWay = lazyregexp.New(`^[+-]?(\d+|\d{1,3}(\.\d{3})+)?(,\d*)?$`)
)

// readDecimal reads a number in text and writes it as JSON has it. A comma alone may stand for a decimal point or for
// thousands; without a word on it such a number is refused rather than guessed.
func readDecimal(s, decimal string) (string, error) {
	s = strings.Replace(s, "−", "-", 1)
	if spacedDecimal.MatchString(s) {
		s = strings.Map(func(c rune) rune {
			if strings.ContainsRune(" '’\u00a0\u2009\u202f", c) {
				return -1
			}
			return c
		}, s)
	}
	digits := strings.ContainsAny(s, "0123456789")
	if decimal == "," {
		switch {
		case digits && otherWay.MatchString(s):
			s = strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
		case groupedDecimal.MatchString(s) || plainDecimal.MatchString(s) && strings.Contains(s, "."):
			return "", &refusal{problem: `not a number with a decimal comma; with decimal "." it is ` +
				strings.ReplaceAll(s, ",", "")}
		}
	} else {
		single := strings.Count(s, ",") == 1 && !strings.Contains(s, ".")
		switch {
		case groupedDecimal.MatchString(s) && (decimal == "." || !single):
			s = strings.ReplaceAll(s, ",", "")
		case groupedDecimal.MatchString(s):
			return "", &refusal{mends: "decimal", problem: fmt.Sprintf(`may be %s or %s: say which with decimal "," or "."`,
				strings.Replace(s, ",", ".", 1), strings.Replace(s, ",", "", 1))}
		case digits && !plainDecimal.MatchString(s) && otherWay.MatchString(s):
			return "", &refusal{mends: "decimal", problem: `a number with a decimal comma: pass decimal "," to have it read as ` +
				strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)}
		}
	}
	if !plainDecimal.MatchString(s) {
		return "", &refusal{problem: "not a number"}
	}
	return jsonNumber(s)
}

// jsonNumber writes a plain decimal as JSON wants it: no plus, no leading zeros, digits on both sides of a point.
func jsonNumber(s string) (string, error) {
	s = strings.TrimPrefix(s, "+")
	sign := ""
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = "-", rest
	}
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	out := sign + whole + fraction + exponent
	if _, err := checkedNumber(json.Number(out)); err != nil {
		return "", &refusal{problem: "too large for a number"}
	}
	return out, nil
}

// shiftPoint multiplies a number by a power of ten, digit by digit: 0.07 × 100 is 7, not 7.000000000000001.
func shiftPoint(n string, by int) string {
	rat, ok := new(big.Rat).SetString(n)
	if !ok || len(n) > numberBytes {
		return n
	}
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(by, -by))), nil))
	if by < 0 {
		rat.Quo(rat, scale)
	} else {
		rat.Mul(rat, scale)
	}
	places, _ := rat.FloatPrec()
	return rat.FloatString(places)
}

// currencySigns are the signs that people write, with the currencies that use them.
var currencySigns = map[string][]string{
	"€": {"EUR"}, "£": {"GBP"}, "₹": {"INR"}, "₩": {"KRW"}, "₺": {"TRY"}, "₽": {"RUB"}, "₪": {"ILS"}, "zł": {"PLN"},
	"R$": {"BRL"},
	"¥":  {"JPY", "CNY"}, "$": {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"}, "US$": {"USD"}, "Fr.": {"CHF"},
	"kr": {"SEK", "NOK", "DKK"},
}

var (
	currencyBefore = lazyregexp.New(`^([+-]?)\s*([A-Za-z]{3}|[^\s\d.,+-]{1,3}\.?)\s*([+-]?[\d.,].*)$`)
	currencyBehind = lazyregexp.New(`^(.*\d[.,]?)\s*([A-Za-z]{3}|[^\s\d.,]{1,3}\.?)$`)
)

// cutCurrency divides "EUR 12", "12 EUR", "-€12" and "12 €" into amount and unit.
func cutCurrency(s string) (amount, unit string) {
	if m := currencyBefore.FindStringSubmatch(s); m != nil {
		return m[1] + m[3], m[2]
	}
	if m := currencyBehind.FindStringSubmatch(s); m != nil {
		return strings.TrimSpace(m[1]), m[2]
	}
	return s, ""
}

// checkCurrency refuses money of another currency than the column's: Coda would store the bare amount.
func (r *columnReader) checkCurrency(unit string) error {
	code := r.col.Format.CurrencyCode
	if unit == "" || strings.EqualFold(unit, code) || slices.Contains(currencySigns[unit], code) {
		return nil
	}
	_, isSign := currencySigns[unit]
	isCode := len(unit) == 3 && strings.Trim(strings.ToUpper(unit), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	switch {
	case !isSign && !isCode:
		return refuse(r.numberForms(), "not a number")
	case code == "" && isCode:
		return nil
	case code == "":
		return refuse("a number without a sign", "%s does not say which currency the column has", clip(unit, 20))
	}
	return refuse("an amount in "+code, "an amount in %s", clip(unit, 20))
}
