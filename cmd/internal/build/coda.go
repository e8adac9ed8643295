package build

import (
	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/config"
)

// codaShared is what the clients of one Coda share, whoever they act for: what they know of names, columns and what was
// written a moment ago, and what is used of the budgets. All of it is kept per Coda account in there, so that two
// tokens of one account have one budget, and a token that is replaced by another finds what the first one left.
type codaShared struct {
	baseURL string
	memory  *coda.Memory
	exports *coda.ExportLocks
	budget  *coda.MemoryBudget
	// places are where documents lie.
	places  *places
	clients *codaClients
}

// codaShared takes over what clients share, unless the configuration names another Coda.
func (b *Builder) codaShared(cfg config.Coda, before *built) *codaShared {
	if b.health == nil {
		b.health = newCodaHealth(b.Log)
	}
	if before.shared != nil && before.shared.baseURL == cfg.BaseURL {
		return before.shared
	}
	if b.toCoda == nil {
		b.toCoda = coda.NewTransport()
	}
	return &codaShared{baseURL: cfg.BaseURL, memory: coda.NewMemory(), exports: coda.NewExportLocks(),
		budget: coda.NewMemoryBudget(coda.MemoryBudgetConfig{Shared: &b.counting}), places: newPlaces()}
}

// codaRates are the budgets of a configuration.
func codaRates(cfg config.Budgets) map[coda.Bucket]coda.Rate {
	return map[coda.Bucket]coda.Rate{
		coda.BucketRead:      coda.Rate(cfg.Read),
		coda.BucketWrite:     coda.Rate(cfg.Write),
		coda.BucketContent:   coda.Rate(cfg.Content),
		coda.BucketListDocs:  coda.Rate(cfg.ListDocs),
		coda.BucketAnalytics: coda.Rate(cfg.Analytics),
	}
}
