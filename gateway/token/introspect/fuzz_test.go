package introspect

import "testing"

func FuzzIntrospectionAnswer(f *testing.F) {
	for _, s := range []string{`{"active":true,"sub":"a"}`, `{"active":false}`, `{"active":"true"}`, `{"Active":true,"active":true}`, `[]`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		claims, err := parse(data)
		if err != nil {
			return
		}
		if _, ok := claims["active"].(bool); !ok {
			t.Fatalf("%q was read as %v", data, claims)
		}
	})
}
