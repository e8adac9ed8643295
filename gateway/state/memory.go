package state

import (
	"container/list"
	"context"
	"slices"
	"sync"
	"time"
)

// overhead is what a record takes beside its name and value, about.
const overhead = 200

// memory is the engine that ends with the process.
type memory struct {
	max int64

	mu    sync.Mutex
	rooms map[string]*shelf
	// passing has what ends by itself, of all rooms, the oldest first.
	passing *list.List
	bytes   int64
}

// shelf is a room's records, by name and with the oldest first.
type shelf struct {
	named map[string]*remembered
	ages  *list.List
}

type remembered struct {
	Record
	room    string
	expires time.Time
	// age and passing are its places in the lists; passing is nil for what is kept.
	age, passing *list.Element
}

func (r *remembered) size() int64 { return int64(len(r.room)+len(r.Name)+len(r.Value)) + overhead }

func (r *remembered) over(now time.Time) bool { return !r.expires.IsZero() && !now.Before(r.expires) }

func (r *remembered) copy() Record { return Record{r.Name, slices.Clone(r.Value), r.Written} }

func newMemory(max int64) *memory {
	return &memory{max: max, rooms: map[string]*shelf{}, passing: list.New()}
}

func (m *memory) put(_ context.Context, room string, r Record, expires time.Time, replace bool) (bool, error) {
	r.Value = slices.Clone(r.Value)
	fresh := &remembered{Record: r, room: room, expires: expires}
	m.mu.Lock()
	defer m.mu.Unlock()
	earlier := m.find(room, r.Name, r.Written)
	if earlier != nil && !replace {
		return false, nil
	}
	// Nothing goes before it is certain that there will be place: what is refused leaves all as it was.
	free := m.max - m.bytes
	var leave []*remembered
	if earlier != nil {
		leave = append(leave, earlier)
		free += earlier.size()
	}
	for e := m.passing.Front(); e != nil; e = e.Next() {
		old := e.Value.(*remembered)
		if free >= fresh.size() && !old.over(r.Written) {
			break
		}
		if old != earlier {
			leave = append(leave, old)
			free += old.size()
		}
	}
	if free < fresh.size() {
		return false, ErrFull
	}
	for _, old := range leave {
		m.drop(old)
	}
	s := m.rooms[room]
	if s == nil {
		s = &shelf{map[string]*remembered{}, list.New()}
		m.rooms[room] = s
	}
	s.named[r.Name] = fresh
	fresh.age = s.ages.PushBack(fresh)
	if !expires.IsZero() {
		fresh.passing = m.passing.PushBack(fresh)
	}
	m.bytes += fresh.size()
	return true, nil
}

// find returns a record that is not over.
func (m *memory) find(room, name string, now time.Time) *remembered {
	s := m.rooms[room]
	if s == nil {
		return nil
	}
	r := s.named[name]
	if r == nil {
		return nil
	}
	if r.over(now) {
		m.drop(r)
		return nil
	}
	return r
}

func (m *memory) drop(r *remembered) {
	s := m.rooms[r.room]
	s.ages.Remove(r.age)
	if r.passing != nil {
		m.passing.Remove(r.passing)
	}
	delete(s.named, r.Name)
	if len(s.named) == 0 {
		delete(m.rooms, r.room)
	}
	m.bytes -= r.size()
}

func (m *memory) get(_ context.Context, room, name string, now time.Time) (Record, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.find(room, name, now); r != nil {
		return r.copy(), true, nil
	}
	return Record{}, false, nil
}

func (m *memory) remove(_ context.Context, room, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.rooms[room]; s != nil && s.named[name] != nil {
		m.drop(s.named[name])
	}
	return nil
}

func (m *memory) newest(ctx context.Context, room string, now time.Time, yield func(Record) bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.rooms[room]
	if s == nil {
		return nil
	}
	for e := s.ages.Back(); e != nil && ctx.Err() == nil; e = e.Prev() {
		if r := e.Value.(*remembered); !r.over(now) && !yield(r.copy()) {
			return nil
		}
	}
	return ctx.Err()
}

func (m *memory) usage(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bytes, nil
}

func (m *memory) close() error { return nil }
