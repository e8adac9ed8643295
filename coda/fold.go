package coda

import "github.com/bestviable/coda-gateway/coda/near"

// fold is the form of a name in which names are compared that people and models write.
func fold(s string) string { return near.Fold(s) }
