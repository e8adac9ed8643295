package build

import (
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/limit"
)

// limits translates what people may do.
func limits(cfg config.Limits) limit.Config {
	rule := func(l config.Limit) limit.Rule {
		return limit.Rule{Calls: limit.Rate{Calls: l.Calls.Requests, Per: l.Calls.Per}, AtOnce: l.AtOnce}
	}
	out := limit.Config{Person: rule(cfg.PerPerson), Client: rule(cfg.PerClient), Tools: map[string]limit.Rate{}}
	for name, rate := range cfg.Tools {
		out.Tools[name] = limit.Rate{Calls: rate.Requests, Per: rate.Per}
	}
	return out
}
