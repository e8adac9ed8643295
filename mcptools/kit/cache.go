package kit

import lru "github.com/hashicorp/golang-lru/v2"

// NewCache makes a bounded memory of a size that is written in the code.
func NewCache[K comparable, V any](size int) *lru.Cache[K, V] {
	cache, err := lru.New[K, V](size)
	if err != nil {
		panic("kit: " + err.Error()) // a size that is not positive
	}
	return cache
}
