package codatest

// Manners are the ways in which Coda is less kind than one would think, each
// with a switch of its own. All are off in the zero value, which takes what it
// is given and shows it again; [RealManners] has all of them on, and so has
// [Realistic]. They hold for what comes through the API: what a fixture says,
// and what somebody does in the browser (see [TableView.SetCells]), is meant.
type Manners struct {
	// LagEdits keeps the edits of people in the browser from readers until the
	// next snapshot, as writes through the API are kept. Off, they are seen at
	// once. It needs SnapshotEvery, as without snapshots nothing lags.
	LagEdits bool

	// SplitCommas splits one text that is written to a column of several values
	// at its commas: "Doe, Jane" becomes two. An array is taken as it is.
	SplitCommas bool

	// PeopleOfTheDoc makes text a person only where that person is known in the
	// doc: its owner, somebody it is shared with by address, who is in a cell of
	// a person column, or who added or changed a row, now or before. Members of
	// the workspace are not enough. Others stay text.
	PeopleOfTheDoc bool

	// RehostImages fetches the images and files that are written to cells and
	// to the cover of a page, and shows the address of the copy from then on.
	// What no stranger can fetch (private hosts and addresses, addresses with a
	// password) ends as a failed image without an address.
	RehostImages bool

	// InferTypes gives an untyped column the type that its first value looks
	// like (see [Column.Untyped]). Tables imported into a page have such columns.
	InferTypes bool

	// StrictRelations finds no row by a display text that is calculated by a
	// formula; such rows are found by their ids only.
	StrictRelations bool

	// ScalarReactions keeps a single value that is written to a reaction column
	// of several values single, where other columns make a list of it.
	ScalarReactions bool

	// MarkdownLosses loses on the way through Markdown what Coda loses: the
	// backslash of an escape, entities (they become their character), bare links
	// (they come back in brackets), and the mark of a quote.
	MarkdownLosses bool

	// DashBullets exports bullets and checkboxes as "-" instead of "*".
	DashBullets bool

	// HTMLNoise adds to each table that is imported from HTML its name above it,
	// as a heading of the second level, and a line with a lone space below it.
	HTMLNoise bool

	// UnknownIcons is what happens to the name of an icon that there is not.
	UnknownIcons IconManner

	// RowNumbers resolves links to rows by number (…/r12), which people copy.
	RowNumbers bool
}

// IconManner is what happens to the name of an icon that there is not.
type IconManner string

// Taken: the name is kept as if there were one. Ignored: the icon stays as it
// was, without a word. Refused: 400, and nothing of the request is done.
const (
	IconsTaken   IconManner = ""
	IconsIgnored IconManner = "ignored"
	IconsRefused IconManner = "refused"
)

// RealManners returns the manners of the real service: all of them.
func RealManners() Manners {
	return Manners{
		LagEdits: true, SplitCommas: true, PeopleOfTheDoc: true, RehostImages: true,
		InferTypes: true, StrictRelations: true, ScalarReactions: true,
		MarkdownLosses: true, DashBullets: true, HTMLNoise: true, UnknownIcons: IconsIgnored, RowNumbers: true,
	}
}
