package coda

type schemaCache struct{}

func newSchemaCache() *schemaCache { return &schemaCache{} }
