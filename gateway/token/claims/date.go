package claims

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"
)

// maxExactFloat is the first integer above which a float64 no longer tells neighbours apart.
const maxExactFloat = 1 << 53

var errDate = errors.New("not a number of seconds from 0 to less than 2^53")

// Date reads a NumericDate (RFC 7519 §2): a number of seconds, fractions allowed, less than 2^53: a float64 cannot
// tell 2^53 from what follows. present is false where the claim is not there.
func Date(claims map[string]any, name string) (t time.Time, present bool, _ error) {
	v, present := claims[name]
	if !present {
		return time.Time{}, false, nil
	}
	n, ok := v.(json.Number)
	if !ok {
		return time.Time{}, true, errors.New("not a number")
	}
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil || f < 0 || f >= maxExactFloat {
		return time.Time{}, true, errDate
	}
	whole, part := math.Modf(f)
	return time.Unix(int64(whole), int64(part*1e9)), true, nil
}
