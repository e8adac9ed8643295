package tables

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestTakeBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind, currency string
		in, want       any
	}{
		{"person", "", "Ada Lovelace <ada@example.com>", "ada@example.com"},
		{"person", "", []any{"A <a@b.c>", "d@e.f"}, []any{"a@b.c", "d@e.f"}},
		{"person", "", "Ada <Lovelace>", "Ada <Lovelace>"},
		{"text", "", "Ada <a@b.c>", "Ada <a@b.c>"},
		{"currency", "EUR", "12.50 EUR", json.Number("12.50")},
		{"currency", "EUR", "-3 EUR", json.Number("-3")},
		{"currency", "EUR", "12.50 USD", "12.50 USD"}, // refused by the client: it is another amount
		{"currency", "EUR", "1.2.3 EUR", "1.2.3 EUR"},
		{"link", "", "[Ticket](https://x.example/1)", "https://x.example/1"},
		{"text", "", "[Ticket](https://x.example/1)", "[Ticket](https://x.example/1)"},
		{"lookup", "", map[string]any{"name": "Summer", "row": "i-1"}, "i-1"},
		{"lookup", "", map[string]any{"name": "Summer"}, map[string]any{"name": "Summer"}},
		{"number", "", json.Number("3"), json.Number("3")},
		{"dateTime", "", "2026-02-20T14:30+01:00", "2026-02-20T14:30:00+01:00"},
		{"dateTime", "", "2026-02-20", "2026-02-20"},
		{"checkbox", "", "Yes", true},
		{"checkbox", "", "0", false},
		{"checkbox", "", "perhaps", "perhaps"},
		{"text", "", "yes", "yes"},
		{"text", "", nil, nil},
	} {
		if got := takeBack(test.kind, test.currency, test.in); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s %v: %#v, want %#v", test.kind, test.in, got, test.want)
		}
	}
}
