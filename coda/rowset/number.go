package rowset

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/bestviable/coda-gateway/coda/internal/lazyregexp"
)

// number is a number as Coda stores it, and its digits where it is a whole one, which may have more of them than a
// float keeps apart.
type number struct {
	f      float64
	digits string
}

var wholeNumber = lazyregexp.New(`^-?[0-9]{1,40}$`)

// plainNumber reads a number as JSON and people write it: no hexadecimal, no infinity, no words.
func plainNumber(s string) (number, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "+")
	if s == "" || len(s) > 400 || strings.Trim(s, "0123456789.eE+-") != "" {
		return number{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return number{}, false
	}
	n := number{f: f}
	switch {
	case wholeNumber.MatchString(s):
		n.digits = canonical(s)
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		n.digits = canonical(strconv.FormatFloat(f, 'f', 0, 64))
	}
	return n, true
}

// canonical drops leading zeros and the sign of zero.
func canonical(s string) string {
	digits := strings.TrimLeft(strings.TrimPrefix(s, "-"), "0")
	switch {
	case digits == "":
		return "0"
	case strings.HasPrefix(s, "-"):
		return "-" + digits
	}
	return digits
}

// compareNumbers is exact.
func compareNumbers(a, b number) int {
	if a.digits == "" || b.digits == "" {
		return cmp.Compare(a.f, b.f)
	}
	x, y := a.digits, b.digits
	nx, ny := strings.HasPrefix(x, "-"), strings.HasPrefix(y, "-")
	switch {
	case nx && !ny:
		return -1
	case !nx && ny:
		return 1
	case nx:
		x, y = y[1:], x[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y))
}

// compareToWanted compares a cell to a number that somebody wrote: exactly to a whole one, and to nine digits to
// any other, since answers show no more of it than that and calculations leave 0.30000000000000004.
func compareToWanted(have, want number) int {
	if want.digits == "" && math.Abs(have.f-want.f) <= 1e-9*max(math.Abs(have.f), math.Abs(want.f)) {
		return 0
	}
	return compareNumbers(have, want)
}

var (
	currencySigns = strings.NewReplacer("$", " USD ", "€", " EUR ", "£", " GBP ", "¥", " JPY ")
	currencyCode  = lazyregexp.New(`^[A-Za-z]{3}$`)
	commaGroups   = lazyregexp.New(`^-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+$`)
	pointGroups   = lazyregexp.New(`^-?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+$`)
)

// amountOf reads "12400 EUR", "€ 12,400.50" and "45%" too. What has one comma or point that may mean either is read as
// JSON reads it or not at all.
func amountOf(text string) (n number, currency string, ok bool) {
	if len(text) > 100 {
		return number{}, "", false
	}
	percent := false
	if t, cut := strings.CutSuffix(strings.TrimSpace(text), "%"); cut {
		text, percent = t, true
	}
	digits := ""
	for _, word := range strings.Fields(currencySigns.Replace(text)) {
		switch {
		case currency == "" && currencyCode.MatchString(word):
			currency = strings.ToUpper(word)
		case digits == "" || digits == "-":
			digits += word
		default:
			return number{}, "", false
		}
	}
	switch {
	case commaGroups.MatchString(digits):
		digits = strings.ReplaceAll(digits, ",", "")
	case pointGroups.MatchString(digits):
		digits = strings.Replace(strings.ReplaceAll(digits, ".", ""), ",", ".", 1)
	}
	if n, ok = plainNumber(digits); ok && percent {
		n, ok = plainNumber(strconv.FormatFloat(n.f/100, 'g', -1, 64))
		ok = ok && currency == ""
	}
	return n, currency, ok
}

func (n number) isSet() bool { return n.digits != "" || n.f != 0 }
