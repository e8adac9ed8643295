package codatest

// Workspace is what a simulated Coda holds: the fixture format, in Go and in
// YAML (see [ParseWorkspace]). Names stand for ids wherever one thing refers
// to another, and ids that are left out are made up, the same in every run.
type Workspace struct {
	ID             string   `yaml:"id"`
	Name           string   `yaml:"name"`
	OrganizationID string   `yaml:"organizationId"` // for go links; default "org-" and made up
	Users          []User   `yaml:"users"`
	Groups         []Group  `yaml:"groups"`
	Tokens         []Token  `yaml:"tokens"`
	Folders        []Folder `yaml:"folders"`
	Docs           []Doc    `yaml:"docs"`
	Packs          []Pack   `yaml:"packs"` // of the analytics operations
}

// Role is a person's part in the workspace.
type Role string

// The roles. Creating docs and pages and renaming them needs a DocMaker or an
// Admin; changing roles and reading workspace activity needs an Admin.
const (
	Admin    Role = "Admin"
	DocMaker Role = "DocMaker"
	Editor   Role = "Editor"
)

// User is an account.
type User struct {
	Name    string `yaml:"name"`
	LoginID string `yaml:"loginId"` // the e-mail address
	Role    Role   `yaml:"role"`    // default DocMaker
}

// Group is a group principal that docs can be shared with.
type Group struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Members []string `yaml:"members"` // loginIds
}

// Access restricts a token by operation.
type Access string

// A read token may only GET; a write token may only POST, PUT and DELETE.
const (
	ReadWrite Access = "readwrite"
	ReadOnly  Access = "read"
	WriteOnly Access = "write"
)

// Token is an API token. Several tokens of one account share its budgets.
type Token struct {
	Value  string `yaml:"value"`
	Name   string `yaml:"name"`
	User   string `yaml:"user"`   // loginId
	Access Access `yaml:"access"` // default readwrite
	Doc    string `yaml:"doc"`    // restricts to this doc (id or name)
	Table  string `yaml:"table"`  // and to this table or view of it
}

// Folder holds docs.
type Folder struct {
	ID          string   `yaml:"id"`
	Name        string   `yaml:"name"`
	Description string   `yaml:"description"`
	StarredBy   []string `yaml:"starredBy"`
}

// Doc is a document.
type Doc struct {
	ID          string       `yaml:"id"`
	Name        string       `yaml:"name"`
	Icon        string       `yaml:"icon"`
	Owner       string       `yaml:"owner"`    // loginId; default: the first user
	Folder      string       `yaml:"folder"`   // id or name; default: the first folder
	Timezone    string       `yaml:"timezone"` // IANA name, for dates; default UTC
	StarredBy   []string     `yaml:"starredBy"`
	UnopenedBy  []string     `yaml:"unopenedBy"` // who has never opened it: listDocs leaves it out for them
	Gallery     bool         `yaml:"gallery"`    // a template of the gallery
	OverLimit   bool         `yaml:"overApiSizeLimit"`
	Published   *Publishing  `yaml:"published"`
	Permissions []Permission `yaml:"permissions"` // beside the owner's; default: the workspace may write
	Pages       []Page       `yaml:"pages"`
	Tables      []Table      `yaml:"tables"`
	Formulas    []Formula    `yaml:"formulas"`
	Controls    []Control    `yaml:"controls"`
	Automations []Automation `yaml:"automations"`
	Domains     []string     `yaml:"domains"`
}

// Publishing is how a doc is published.
type Publishing struct {
	Slug         string   `yaml:"slug"`
	Description  string   `yaml:"description"`
	Discoverable bool     `yaml:"discoverable"`
	Mode         string   `yaml:"mode"` // view, play or edit; default view
	Categories   []string `yaml:"categories"`
}

// Permission shares a doc.
type Permission struct {
	ID     string `yaml:"id"`
	Access string `yaml:"access"` // readonly, comment, write, none
	// Type is email, group, domain, workspace, anyone or internalAccess, and
	// Value the address, group id, domain, workspace id ("" is this workspace)
	// or kind of access.
	Type  string `yaml:"type"`
	Value string `yaml:"value"`
}

// Page is a page of a doc.
type Page struct {
	ID       string `yaml:"id"`
	Name     string `yaml:"name"`
	Subtitle string `yaml:"subtitle"`
	Icon     string `yaml:"icon"`
	Image    string `yaml:"image"`
	Type     string `yaml:"type"` // canvas (default), embed, syncPage, table
	URL      string `yaml:"url"`  // of an embed
	Hidden   bool   `yaml:"hidden"`
	// Content is Markdown. A line that is nothing but {{table: Name}},
	// {{control: Name}}, {{formula: Name}}, {{callout: text}},
	// {{attachment: URL}} or {{divider}} puts that object there; tables,
	// controls and formulas of the page that have no such line come last.
	Content string `yaml:"content"`
	Pages   []Page `yaml:"pages"` // sub-pages
}

// Table is a base table with its views.
type Table struct {
	ID     string `yaml:"id"`
	Name   string `yaml:"name"`
	Page   string `yaml:"page"`   // id or name; default: the first page
	Layout string `yaml:"layout"` // default "default"
	// Sync makes it a sync table: its rows come from elsewhere. None can be
	// added or deleted, and only the Own columns can be written.
	Sync bool `yaml:"sync"`
	// From makes it a sync table that shows a table of another doc, which must
	// come before this one in the workspace. Columns may then hold the Own ones
	// only. The rows are brought up to date by [TableView.Sync].
	From *CrossDoc `yaml:"from"`

	Columns []Column `yaml:"columns"`
	Rows    []Row    `yaml:"rows"`
	Views   []View   `yaml:"views"`
	Sort    []Sort   `yaml:"sort"`
	Filter  *Filter  `yaml:"filter"` // of the table as it is displayed; hides rows from visibleOnly and natural listings
}

// CrossDoc names a table of another doc.
type CrossDoc struct {
	Doc   string `yaml:"doc"`   // id or name
	Table string `yaml:"table"` // id or name
}

// Column is a column. Type is one of Coda's column format types: text, person,
// lookup, number, percent, currency, date, dateTime, time, duration, email,
// link, slider, scale, image, attachments, button, checkbox, select, reaction,
// canvas, packObject, other.
type Column struct {
	ID      string `yaml:"id"`
	Name    string `yaml:"name"`
	Type    string `yaml:"type"`    // default text
	Array   bool   `yaml:"array"`   // holds several values
	Display bool   `yaml:"display"` // the display column; default: the first
	Hidden  bool   `yaml:"hidden"`  // left out by visibleOnly
	Default string `yaml:"default"` // default value formula, shown only

	// Formula makes the column calculated: what is written to it is discarded.
	// Its value is what Computed says, or Compute returns, or the fixture holds.
	Formula string `yaml:"formula"`
	// Computed is created, createdBy, modified or modifiedBy.
	Computed string `yaml:"computed"`
	// Compute gives the value of a calculated column; it is told the other
	// cells of the row as valueFormat=simple would show them.
	Compute func(cell func(column string) any) any `yaml:"-"`

	// Untyped says that nobody chose the type; it is shown as text until the
	// first value settles it (see [Manners]).
	Untyped bool `yaml:"untyped"`

	Table string `yaml:"table"` // lookup: the target table
	// Back makes the relation a two-way one: it is the target's lookup column
	// that shows the other direction. Writing either writes both.
	Back string `yaml:"back"`
	// Own marks a column of a synced table that was added beside what is synced
	// and can be written.
	Own bool `yaml:"own"`

	Options   []string `yaml:"options"`  // select
	Currency  string   `yaml:"currency"` // default USD
	Precision *int     `yaml:"precision"`
	Minimum   float64  `yaml:"minimum"`
	Maximum   float64  `yaml:"maximum"`
	Step      float64  `yaml:"step"`
	Icon      string   `yaml:"icon"` // scale; default star

	Label     string   `yaml:"label"` // button
	Action    string   `yaml:"action"`
	DisableIf string   `yaml:"disableIf"`
	Effects   []Effect `yaml:"effects"`
}

// Row is a row; in YAML a mapping from column name to value, with $id and
// $createdAt, $updatedAt as additional keys. Values are read as the API reads
// them: a lookup is a row id or a display text, a person an e-mail or a name.
type Row struct {
	ID        string
	CreatedAt string // RFC 3339
	UpdatedAt string
	Values    map[string]any
}

// View is a view of a table.
type View struct {
	ID      string   `yaml:"id"`
	Name    string   `yaml:"name"`
	Page    string   `yaml:"page"`
	Layout  string   `yaml:"layout"`
	Columns []string `yaml:"columns"` // the visible ones; default all
	Filter  *Filter  `yaml:"filter"`
	Sort    []Sort   `yaml:"sort"`
}

// Filter keeps the rows whose cell, shown as text, is one of the values.
type Filter struct {
	Column string   `yaml:"column"`
	Is     []string `yaml:"is"`
	Not    bool     `yaml:"not"` // keep the others instead
}

// Sort orders rows by a column.
type Sort struct {
	Column     string `yaml:"column"`
	Descending bool   `yaml:"descending"`
}

// Formula is a named formula.
type Formula struct {
	ID    string `yaml:"id"`
	Name  string `yaml:"name"`
	Page  string `yaml:"page"`
	Value any    `yaml:"value"`
}

// Control is a control on a page.
type Control struct {
	ID    string `yaml:"id"`
	Name  string `yaml:"name"`
	Page  string `yaml:"page"`
	Type  string `yaml:"type"` // as controlType: slider, select, button, …
	Value any    `yaml:"value"`
}

// Automation is a webhook-triggered automation.
type Automation struct {
	ID       string   `yaml:"id"`
	Name     string   `yaml:"name"`
	Disabled bool     `yaml:"disabled"` // answered 422
	Effects  []Effect `yaml:"effects"`
}

// Effect is what pushing a button or triggering an automation does. Strings in
// the values may hold {{name}}: a cell of the button's row, or a field of the
// automation's payload.
type Effect struct {
	Set       map[string]any `yaml:"set"`       // cells of the button's row
	Table     string         `yaml:"table"`     // a row is added to this table …
	Add       map[string]any `yaml:"add"`       // … with these cells
	DeleteRow bool           `yaml:"deleteRow"` // of the button
}

// Pack is a Pack whose analytics can be listed.
type Pack struct {
	ID       int      `yaml:"id"`
	Name     string   `yaml:"name"`
	Formulas []string `yaml:"formulas"`
}
