package kit

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Bounds of the changes in memory.
const (
	changesLife     = 24 * time.Hour
	mostChangesKept = 64 << 20
)

// memoryChanges keeps changes in this process.
type memoryChanges struct {
	mu    sync.Mutex
	order *list.List // of *keptChange, the last written last
	byID  map[string]*list.Element
	bytes int
}

type keptChange struct {
	key    string
	change Change
	until  time.Time
}

func (k *keptChange) size() int { return len(k.key) + len(k.change.Former) + 500 }

// NewMemoryChanges keeps changes in this process for a day, within bounds: the oldest go first.
func NewMemoryChanges() Changes {
	return &memoryChanges{order: list.New(), byID: make(map[string]*list.Element)}
}

func (m *memoryChanges) Life() time.Duration { return changesLife }

func (m *memoryChanges) Keep(_ context.Context, change *Change, fresh bool) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for e := m.order.Front(); e != nil && !now.Before(e.Value.(*keptChange).until); e = m.order.Front() {
		m.drop(e)
	}
	kept := &keptChange{change.Owner + "\x00" + change.ID, *change, now.Add(changesLife)}
	if e, ok := m.byID[kept.key]; ok {
		if fresh {
			return false, nil
		}
		m.drop(e)
	}
	for m.bytes+kept.size() > mostChangesKept && m.order.Len() > 0 {
		m.drop(m.order.Front())
	}
	m.byID[kept.key] = m.order.PushBack(kept)
	m.bytes += kept.size()
	return true, nil
}

func (m *memoryChanges) drop(e *list.Element) {
	kept := m.order.Remove(e).(*keptChange)
	delete(m.byID, kept.key)
	m.bytes -= kept.size()
}

func (m *memoryChanges) Forget(_ context.Context, owner, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.byID[owner+"\x00"+id]; ok {
		m.drop(e)
	}
	return nil
}

func (m *memoryChanges) Get(_ context.Context, owner, id string) (*Change, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.byID[owner+"\x00"+id]
	if !ok || !time.Now().Before(e.Value.(*keptChange).until) {
		return nil, false, nil
	}
	change := e.Value.(*keptChange).change
	return &change, true, nil
}

func (m *memoryChanges) Newest(ctx context.Context, owner string, yield func(*Change) bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for e := m.order.Back(); e != nil && ctx.Err() == nil; e = e.Prev() {
		kept := e.Value.(*keptChange)
		if change := kept.change; change.Owner == owner && now.Before(kept.until) && !yield(&change) {
			return nil
		}
	}
	return ctx.Err()
}
