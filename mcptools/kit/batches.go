package kit

import (
	"bytes"
	"container/list"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bestviable/coda-gateway/coda"
)

// Rows that were refused for some of their values need not be sent again: their call is kept for a while for the person
// who made it, and the next call names it and says only what is different. A tool takes part by having the argument
// "batch".

// Batches keeps the arguments of calls for the people who made them. They hold what people want to write, so that
// whoever implements it keeps them as safe as documents.
type Batches interface {
	// Keep keeps data of an owner for a while, and gives the id under which that owner alone gets it back. An empty id
	// says that it is too much to be kept.
	Keep(ctx context.Context, owner string, data []byte, life time.Duration) (id string, err error)
	// Get gives back what is kept; found is false where it is not there any more.
	Get(ctx context.Context, owner, id string) (data []byte, found bool, err error)
}

// batchLife is how long a batch is kept.
const batchLife = 10 * time.Minute

// Bounds of the batches in memory: of all together, and of one person.
const (
	mostBatchBytes      = 64 << 20
	mostBatches         = 2_000
	mostBatchBytesOfOne = 8 << 20
	mostBatchesOfOne    = 5
)

// memoryBatches keeps batches in this process.
type memoryBatches struct {
	mu    sync.Mutex
	order *list.List // of *keptBatch, the oldest first
	byID  map[string]*list.Element
	bytes int
}

type keptBatch struct {
	owner, id string
	data      []byte
	until     time.Time
}

// NewMemoryBatches keeps batches in this process, within bounds: the oldest go first, those of the same person before
// others.
func NewMemoryBatches() Batches {
	return &memoryBatches{order: list.New(), byID: make(map[string]*list.Element)}
}

func (m *memoryBatches) Keep(_ context.Context, owner string, data []byte, life time.Duration) (string, error) {
	if len(data) > mostBatchBytesOfOne {
		return "", nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire(time.Now())
	count, size := 1, len(data)
	for e := m.order.Back(); e != nil; {
		before := e.Prev()
		if b := e.Value.(*keptBatch); b.owner == owner {
			count++
			if size += len(b.data); count > mostBatchesOfOne || size > mostBatchBytesOfOne {
				m.drop(e)
			}
		}
		e = before
	}
	for m.order.Len() >= mostBatches || m.bytes+len(data) > mostBatchBytes {
		m.drop(m.order.Front())
	}
	id := "b" + strings.ToLower(rand.Text()[:10])
	m.byID[owner+"\x00"+id] = m.order.PushBack(&keptBatch{owner, id, bytes.Clone(data), time.Now().Add(life)})
	m.bytes += len(data)
	return id, nil
}

func (m *memoryBatches) Get(_ context.Context, owner, id string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire(time.Now())
	e, ok := m.byID[owner+"\x00"+id]
	if !ok {
		return nil, false, nil
	}
	return e.Value.(*keptBatch).data, true, nil
}

// expire drops what has had its time, which is at the front: all are kept equally long.
func (m *memoryBatches) expire(now time.Time) {
	for e := m.order.Front(); e != nil && !now.Before(e.Value.(*keptBatch).until); e = m.order.Front() {
		m.drop(e)
	}
}

func (m *memoryBatches) drop(e *list.Element) {
	b := m.order.Remove(e).(*keptBatch)
	delete(m.byID, b.owner+"\x00"+b.id)
	m.bytes -= len(b.data)
}

// keptCall is what a batch holds.
type keptCall struct {
	Tool string `json:"tool"`
	// Arguments are as they were given: they are brought into shape when they are used.
	Arguments json.RawMessage `json:"arguments"`
}

const (
	batchArgument = "batch"
	mapArgument   = "map"
)

func (s *Spec) takesBatches() bool {
	_, ok := paramNamed(s.params, batchArgument)
	return ok
}

// KeepArguments keeps the arguments of this call, so that a later one needs to say only what is different. The id is
// empty where they cannot be kept.
func (c *Call) KeepArguments(ctx context.Context) string {
	if c.completed {
		return c.KeepCall(ctx, c.spec.Name, c.arguments)
	}
	return c.keep(ctx, c.spec.Name, c.request.Params.Arguments)
}

// KeepCall keeps the arguments of a call of another tool, which takes batches, for this person to make.
func (c *Call) KeepCall(ctx context.Context, tool string, arguments map[string]any) string {
	raw, err := Marshal(arguments)
	if err != nil {
		return ""
	}
	return c.keep(ctx, tool, raw)
}

// keep keeps JSON of arguments as it is: it may be large, and marshalling it again would cost as much as reading it.
func (c *Call) keep(ctx context.Context, tool string, arguments json.RawMessage) string {
	raw := slices.Concat([]byte(`{"tool":"`+tool+`","arguments":`), arguments, []byte("}"))
	id, err := c.batches.Keep(ctx, c.Caller.ID, raw, batchLife)
	if err != nil {
		return ""
	}
	return id
}

// withBatch completes the arguments of a call that names a batch by those that are kept. What the call says itself
// counts more; its map adds to the one before.
func (c *Call) withBatch(ctx context.Context, given map[string]any) (map[string]any, error) {
	id, _ := given[batchArgument].(string)
	if id = strings.TrimSpace(id); id == "" || !c.spec.takesBatches() {
		return given, missing(given, c.spec.params)
	}
	sendAgain := "Send the rows again."
	if from, ok := given["resume_from"]; ok {
		sendAgain = fmt.Sprintf("Send all rows again, with resume_from=%v: those before it are not written twice.", from)
	}
	raw, found, err := c.batches.Get(ctx, c.Caller.ID, id)
	if err != nil {
		return nil, Complain("The batch %q cannot be read now. %s", Short(id, 40), sendAgain)
	}
	var kept keptCall
	var before map[string]any
	if found = found && json.Unmarshal(raw, &kept) == nil; found && kept.Tool == c.spec.Name {
		before, _, err = arrange(kept.Arguments, c.spec.params)
	}
	if !found || err != nil {
		return nil, Complain("There is no batch %q any more: it is kept for ten minutes, for the person who sent it. %s",
			Short(id, 40), sendAgain)
	}
	if kept.Tool != c.spec.Name {
		return nil, Complain("The batch %q belongs to %s.", Short(id, 40), kept.Tool)
	}
	for _, name := range []string{"rows", "csv"} { // the same rows beside their batch say nothing new
		if rows, ok := given[name]; ok && !sameJSON(rows, before[name]) {
			return nil, Complain(`Pass either "batch" or %q: a batch holds the rows of the call before.`, name)
		}
	}
	c.completed = true
	for name, value := range given {
		switch name {
		case batchArgument:
		case mapArgument:
			old, _ := before[mapArgument].(map[string]any)
			now, _ := value.(map[string]any)
			before[mapArgument] = mergeMaps(old, now)
		default:
			before[name] = value
		}
	}
	return before, missing(before, c.spec.params)
}

// sameJSON reports whether two values read alike.
func sameJSON(a, b any) bool {
	one, err := Marshal(a)
	other, err2 := Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(one, other)
}

// mergeMaps adds to what is mapped for each column; what is new counts more.
func mergeMaps(before, now map[string]any) map[string]any {
	merged := make(map[string]any, len(before)+len(now))
	maps.Copy(merged, before)
	for column, value := range now {
		old, ok := merged[column].(map[string]any)
		more, okNow := value.(map[string]any)
		if ok && okNow {
			both := maps.Clone(old)
			maps.Copy(both, more)
			value = both
		}
		merged[column] = value
	}
	return merged
}

// refusedBatch is a refusal of values whose call is kept.
type refusedBatch struct {
	invalid *coda.ValidationError
	id      string
	// skips says that the call already left out what cannot be stored.
	skips bool
	err   error
}

func (r *refusedBatch) Error() string { return r.err.Error() }
func (r *refusedBatch) Unwrap() error { return r.err }

// keepRefused keeps the call where its values were refused.
func (c *Call) keepRefused(ctx context.Context, err error) error {
	invalid, ok := asValidation(err)
	if !ok || !c.spec.takesBatches() {
		return err
	}
	if id := c.KeepArguments(ctx); id != "" {
		return &refusedBatch{invalid, id, c.arguments["on_invalid"] == "skip", err}
	}
	return err
}

// next says how to go on, with an example that is as short as the next call may be.
func (r *refusedBatch) next() string {
	batch := Object{{batchArgument, r.id}}
	raw, err := Marshal(batch)
	text := fmt.Sprintf("only %s and what mends it", raw)
	if mends, ok := r.mends(); ok && err == nil {
		raw, err = Marshal(append(batch, mends))
		text = fmt.Sprintf("only the batch and what mends it, such as %s", raw)
	}
	if err != nil {
		return ""
	}
	text = "The rows are kept for ten minutes; do not send them again. Call this tool with " + text
	text += `. map replaces values by column, null clears, and null for a column leaves it out; dates and decimal work too`
	switch {
	case r.invalid.Skippable:
		return text + `, and on_invalid "skip" leaves out ` + Plural(len(r.invalid.Rows), "row") + "."
	case r.skips:
		return text + `. on_invalid "skip" does not help here: it cannot leave out all rows, nor what is wrong ` +
			"with the call as a whole."
	}
	return text + "."
}

// mends is the argument that mends a problem, where one surely does: what may be meant by several things is for the
// caller to say. ok is false where nothing is sure.
func (r *refusedBatch) mends() (argument Member, ok bool) {
	told := false
	for _, p := range r.invalid.Problems {
		told = told || p.Mends != ""
		switch {
		case len(p.Column) > 60 || len(p.Key) > 60:
		case p.Unwritable:
			return Member{mapArgument, Object{{p.Column, nil}}}, true
		case len(p.Candidates) != 1:
		case p.Key == "": // a name of no column
			return Member{mapArgument, Object{{p.Column, p.Candidates[0]}}}, true
		default:
			return Member{mapArgument, Object{{p.Column, Object{{p.Key, p.Candidates[0]}}}}}, true
		}
	}
	// Where dates or decimal mend it, the problem says so, and leaving rows out is no example.
	return Member{"on_invalid", "skip"}, r.invalid.Skippable && !told
}

// MapOf reads the argument "map": for each column what its values are replaced by, and for names of no column the
// column that is meant, or null to leave it out.
func MapOf(given map[string]any) (values map[string]map[string]any, columns map[string]string, err error) {
	values, columns = make(map[string]map[string]any), make(map[string]string)
	for _, column := range SortedKeys(given) {
		mapped, err := FitObject(given[column])
		switch name, isName := given[column].(string); {
		case err == nil:
		case given[column] == nil, isName:
			columns[column] = strings.TrimSpace(name)
			continue
		default:
			return nil, nil, Complain(`"map" has for the column %q %s. Write {"Column": {"value that was refused": "value that is meant"}}, with null to clear it.`,
				Short(column, 60), Described(given[column]))
		}
		trimmed := make(map[string]any, len(mapped))
		for value, with := range mapped {
			trimmed[strings.TrimSpace(value)] = with
		}
		values[column] = trimmed
	}
	return values, columns, nil
}
