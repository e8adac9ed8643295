package audit

import "time"

// stampLayout is RFC 3339 with microseconds, in UTC.
const stampLayout = "2006-01-02T15:04:05.000000Z"

// stamps writes times. Lines of the same second differ in the last digits only, which is all that is written anew.
type stamps struct {
	second int64
	text   []byte
}

// of is valid until the next call.
func (s *stamps) of(t time.Time) []byte {
	if second := t.Unix(); second != s.second || s.text == nil {
		s.second, s.text = second, t.UTC().AppendFormat(s.text[:0], stampLayout)
		return s.text
	}
	micro, last := t.Nanosecond()/1000, len(s.text)-2
	for i := range 6 {
		s.text[last-i] = '0' + byte(micro%10)
		micro /= 10
	}
	return s.text
}
