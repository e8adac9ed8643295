package coda

type cachedTarget struct{}
