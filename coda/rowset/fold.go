package rowset

import "github.com/bestviable/coda-gateway/coda/near"

// fold brings text that a person takes for the same into one form.
func fold(s string) string { return near.Fold(s) }

// clip shortens s to at most n bytes, with a mark.
func clip(s string, n int) string { return near.Clip(s, n) }
