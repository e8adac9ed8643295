package codatest

import (
	"math/rand/v2"
	"time"
)

// Span is a range of durations; one in it is drawn for each event. Max below
// Min counts as Min.
type Span struct{ Min, Max time.Duration }

// Exactly is the span that holds d alone.
func Exactly(d time.Duration) Span { return Span{d, d} }

func (s Span) draw(r *rand.Rand) time.Duration {
	if s.Max <= s.Min {
		return s.Min
	}
	return s.Min + time.Duration(r.Int64N(int64(s.Max-s.Min)+1))
}

// Budget allows Limit requests in any window of length Per, for one account.
type Budget struct {
	Limit int
	Per   time.Duration
}

// BudgetClass names one of Coda's rate limits.
type BudgetClass string

// The classes of Coda's documentation. DELETE is in none of them there; here
// it is counted as a content write. Beginning an export is not a content write.
const (
	BudgetRead      BudgetClass = "read"
	BudgetWrite     BudgetClass = "write"
	BudgetContent   BudgetClass = "content"
	BudgetListDocs  BudgetClass = "listDocs"
	BudgetAnalytics BudgetClass = "analytics"
)

// Behavior is how the simulated Coda treats its callers. Zero fields are
// either "off" or the real service's figure, as each says.
type Behavior struct {
	// WriteDelay is how long a write that was answered 202 waits before it is
	// applied. Writes to one doc are applied in the order they came. The real
	// service takes 10 to 25 s. Zero: at once.
	WriteDelay Span

	// SnapshotEvery makes reads come from a snapshot of the doc that is renewed
	// this often ("for small docs within 30 seconds or so, for larger docs
	// every few minutes"). Zero: reads see what is applied.
	SnapshotEvery time.Duration

	// IgnoreDocVersion makes the server ignore the X-Coda-Doc-Version header.
	// By default "latest" is answered 400 "Doc is not yet up to date." while
	// anything in the doc is pending, and every other value always is.
	IgnoreDocVersion bool

	// MutationStatusLag and ExportStatusLag are how long the status of a new
	// write or export is answered 404, as replication makes the real service do.
	MutationStatusLag Span
	ExportStatusLag   Span

	// ExportDelay is how long an export takes. The real service needs about 5 s.
	ExportDelay Span
	// ExportError, if set, is what every export begun from now on ends with.
	ExportError string
	// BlobLinkLife is how long a download link works. Default 300 s.
	BlobLinkLife time.Duration
	// ExpiredBlobStatus is the status of the XML that answers a dead link; the
	// real store uses 200 and 403. Default 200.
	ExpiredBlobStatus int
	// PlainBlobs sends downloads without gzip. By default they are compressed
	// whether or not the request accepts it.
	PlainBlobs bool

	// Budgets are the rate limits per account. Absent classes are unlimited.
	// A request beyond is answered 429, without Retry-After.
	Budgets map[BudgetClass]Budget

	// MaxRequestBytes is the size of a request body above which the answer is
	// 400 "request entity too large". Default 2 MiB; negative: no limit.
	MaxRequestBytes int
	// MaxRowBytes is the size of one row edit, counted as the UTF-8 bytes of
	// its values plus one for each line break. Default 85 KiB; negative: none.
	MaxRowBytes int

	// MaxListLimit, MaxRowsLimit: greater limits are lowered to these without a
	// word. Defaults 200 and 500. Columns have 100, page content 500 and
	// analytics 5000, as documented.
	MaxListLimit int
	MaxRowsLimit int

	// TimeoutRows is the number of rows above which a listing of rows ends in a
	// 504 instead of an answer. Zero: never.
	TimeoutRows int

	// MutationWarning, if set, is attached to every write from now on.
	MutationWarning string

	// Manners are what Coda makes of what is written. Their fields can be set
	// as if they were fields of Behavior.
	Manners
}

// PublishedBudgets returns the limits that Coda documents, with the lower one
// of the two figures it gives for content writes.
func PublishedBudgets() map[BudgetClass]Budget {
	return map[BudgetClass]Budget{
		BudgetRead:      {100, 6 * time.Second},
		BudgetWrite:     {10, 6 * time.Second},
		BudgetContent:   {3, 10 * time.Second},
		BudgetListDocs:  {4, 6 * time.Second},
		BudgetAnalytics: {100, 6 * time.Second},
	}
}

// Realistic is the real service as it was measured: slow writes, stale reads,
// early 404s, budgets, 504 on long lists, and all of its [Manners].
func Realistic() Behavior {
	return Behavior{
		WriteDelay:        Span{10 * time.Second, 25 * time.Second},
		SnapshotEvery:     30 * time.Second,
		MutationStatusLag: Span{0, 4 * time.Second},
		ExportStatusLag:   Span{0, 3 * time.Second},
		ExportDelay:       Span{3 * time.Second, 7 * time.Second},
		Budgets:           PublishedBudgets(),
		TimeoutRows:       400,
		Manners:           RealManners(),
	}
}

// Brisk is for demonstrations: the manners of the real service with delays a
// spectator can bear, and no budgets.
func Brisk() Behavior {
	return Behavior{
		WriteDelay:        Exactly(300 * time.Millisecond),
		MutationStatusLag: Exactly(100 * time.Millisecond),
		ExportStatusLag:   Exactly(100 * time.Millisecond),
		ExportDelay:       Exactly(250 * time.Millisecond),
	}
}

func (b Behavior) withDefaults() Behavior {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&b.MaxRequestBytes, 2<<20)
	def(&b.MaxRowBytes, 85<<10)
	def(&b.MaxListLimit, 200)
	def(&b.MaxRowsLimit, 500)
	def(&b.ExpiredBlobStatus, 200)
	if b.BlobLinkLife == 0 {
		b.BlobLinkLife = 300 * time.Second
	}
	return b
}
