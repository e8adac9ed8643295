package coda

import (
	"encoding/json"
	"fmt"
	"strings"
)

// What follows reads the values of a [Filter].

func normalize(v any) (any, error) {
	plain, err := plainInput(v)
	if err != nil {
		return nil, err
	}
	return scalarOf(plain), nil
}

func scalarOf(v any) any {
	switch v := v.(type) {
	case Relation:
		if v.RowID == "" {
			return v.Name
		}
		return v.RowID
	case Person:
		if v.Email == "" {
			return v.Name
		}
		return v.Email
	case Money:
		return v.Amount
	case Link:
		return v.URL
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = scalarOf(item)
		}
		return list
	}
	return v
}

func numberOf(v any, _ bool) (any, error) {
	if s, ok := v.(string); ok {
		n, err := readDecimal(strings.TrimSpace(s), "")
		return json.Number(n), err
	}
	if n, ok := v.(json.Number); ok {
		return n, nil
	}
	return nil, fmt.Errorf("not a number")
}

func boolOf(v any) (any, error) {
	r := columnReader{col: &Column{}, opts: &ValueOptions{}, say: func(*Column, string, string) {}}
	return r.checkbox(v)
}

func textOf(v any) (any, error) {
	r := columnReader{col: &Column{}, opts: &ValueOptions{}, say: func(*Column, string, string) {}}
	return r.text(v)
}
