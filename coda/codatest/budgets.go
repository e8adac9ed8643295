package codatest

import "time"

type budgetKey struct {
	account string
	class   BudgetClass
}

// spend counts a request against its account's budget and reports whether it
// may pass. A refused request costs nothing. Called with s.mu held.
func (s *Server) spend(account string, class BudgetClass, now time.Time) bool {
	b, ok := s.behavior.Budgets[class]
	if !ok || b.Limit <= 0 || b.Per <= 0 {
		return true
	}
	k := budgetKey{account, class}
	spent := s.spent[k]
	for len(spent) > 0 && !spent[0].Add(b.Per).After(now) {
		spent = spent[1:]
	}
	if len(spent) >= b.Limit {
		s.spent[k] = spent
		return false
	}
	s.spent[k] = append(spent, now)
	return true
}
