package docs

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"

	"github.com/bestviable/coda-gateway/coda"
)

func searchTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_search", Title: "Search", Group: kit.GroupRead,
		Description: "Look for words in the titles of docs, pages and tables and, in the docs named, in rows and on " +
			"request in page text. Coda's API has no full-text search: this looks through a bounded part and says how far it " +
			"looked. To find a doc by name use coda_find_docs; for a known table coda_query_rows with contains is exact.",
	}, search)
}

type searchInput struct {
	Query    string   `json:"query" required:"true" doc:"All words must occur"`
	Docs     []string `json:"docs" doc:"Up to 5 docs: links, ids or names; without, titles in the recent docs"`
	PageText bool     `json:"page_text" doc:"Also the text of up to 20 pages in each doc named"`
	Limit    int      `json:"limit" min:"1" max:"100" doc:"Default 20"`
}

type searchFound struct {
	Hits   []hit  `json:"hits"`
	Looked string `json:"looked"`
	// Complete is true where all titles and rows of the docs named were looked at.
	Complete bool `json:"complete"`
}

type hit struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	Name  string `json:"name"`
	Doc   string `json:"doc"`
	Table string `json:"table,omitempty"`
	URL   string `json:"url,omitempty"`
	// Text is where it matched, if not in the name, and Heading what it stands under on a page.
	Text    string `json:"text,omitempty"`
	Heading string `json:"heading,omitempty"`
}

// How far a search looks. Together the requests of a search in five docs stay within two windows of Coda's read
// budget.
const (
	mostSearchedDocs   = 5
	recentDocs         = 5
	searchedTables     = 10
	searchedRows       = 500 // of each table: one request
	searchedPages      = 20
	searchedLines      = 500 // of each page: one request
	defaultSearchLimit = 20
)

func search(ctx context.Context, c *kit.Call, in searchInput) (*kit.Answer, error) {
	if err := shortQuery(in.Query); err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ToLower(kit.Clean(in.Query)))
	if len(words) == 0 {
		return nil, kit.Complain(`Argument "query" is empty. Give the words to look for.`)
	}
	if len(in.Docs) > mostSearchedDocs {
		return nil, kit.Complain(`"docs" names %d docs; one search looks into %d at most. Make several calls.`,
			len(in.Docs), mostSearchedDocs)
	}
	if in.Limit == 0 {
		in.Limit = defaultSearchLimit
	}
	s := &searcher{Call: c, words: words, limit: in.Limit, pageText: in.PageText, complete: true}
	var err error
	if len(in.Docs) == 0 {
		err = s.recent(ctx, in.Query)
	} else {
		err = s.named(ctx, in.Docs)
	}
	if err != nil {
		return nil, err
	}
	return s.answer(in.Query), nil
}

// longestQuery bounds what is looked for, since each word costs a look at each text, and what travels on to Coda.
const longestQuery = 500

func shortQuery(query string) error {
	if len(query) > longestQuery {
		return kit.Complain(`Argument "query" is %s bytes long; %d are looked for at most. Give fewer words.`,
			kit.Thousands(len(query)), longestQuery)
	}
	return nil
}

// searcher gathers hits until there are enough, and counts what it looked at.
type searcher struct {
	*kit.Call
	words    []string
	limit    int
	pageText bool

	hits                                  []hit
	docs, titles, tables, rows, textPages int
	// complete is false when a bound was met.
	complete bool
}

func (s *searcher) full() bool {
	if len(s.hits) >= s.limit {
		s.complete = false
		return true
	}
	return false
}

func (s *searcher) matches(text string) bool {
	text = strings.ToLower(kit.Clean(text)) // as it is shown
	for _, w := range s.words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func (s *searcher) title(h hit) {
	s.titles++
	if s.matches(h.Name) && !s.full() {
		s.hits = append(s.hits, h)
		s.Shows(h.Doc)
	}
}

// recent searches names of docs, and the titles within those that were used last.
func (s *searcher) recent(ctx context.Context, query string) error {
	named, err := s.Coda.ListDocsPage(ctx, coda.ListDocsOptions{Query: query,
		ListOptions: coda.ListOptions{PageSize: 25}})
	if err != nil {
		return err
	}
	for _, d := range named.Items {
		s.title(hit{Kind: "doc", ID: d.ID, Name: d.Name, Doc: d.ID, URL: d.BrowserLink})
	}
	page, err := s.Coda.ListDocsPage(ctx, coda.ListDocsOptions{ListOptions: coda.ListOptions{PageSize: recentDocs}})
	if err != nil {
		return err
	}
	s.complete = false
	for i, d := range page.Items {
		if i == recentDocs || s.full() {
			break
		}
		if d.Size != nil && d.Size.OverAPISizeLimit {
			continue
		}
		s.docs++
		s.NoteWrites(d.ID, "Pages of doc "+d.ID+" were", coda.KindPage, coda.KindTable)
		if _, _, err := s.titlesOf(ctx, d.ID); err != nil {
			s.Note("The doc %s could not be looked into: %s", d.ID, kit.Explain(err))
		}
	}
	return nil
}

// named searches titles, rows and, where asked for, page text of docs.
func (s *searcher) named(ctx context.Context, refs []string) error {
	for _, ref := range refs {
		doc, err := s.DocID(ctx, ref)
		if err != nil {
			return err
		}
		s.docs++
		s.NoteWrites(doc, "Rows or pages of doc "+doc+" were", coda.KindPage, coda.KindTable, coda.KindRow,
			coda.KindElement)
		pages, tables, err := s.titlesOf(ctx, doc)
		if err != nil {
			return err
		}
		if err := s.rowsOf(ctx, doc, tables); err != nil {
			return err
		}
		if s.pageText {
			if err := s.textOf(ctx, doc, pages); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *searcher) titlesOf(ctx context.Context, doc string) ([]*coda.PageInfo, []*coda.Table, error) {
	pages, err := coda.Collect(s.Coda.ListPages(ctx, doc, coda.ListOptions{}))
	if err != nil {
		return nil, nil, err
	}
	for _, p := range pages {
		s.title(hit{Kind: "page", ID: p.ID, Name: p.Name, Doc: doc, URL: p.BrowserLink})
	}
	tables, err := s.Coda.Tables(ctx, doc)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range tables {
		kind := coda.TypeTable
		if t.TableType == coda.TypeView {
			kind = coda.TypeView
		}
		s.title(hit{Kind: kind, ID: t.ID, Name: t.Name, Doc: doc, URL: t.BrowserLink})
	}
	return pages, tables, nil
}

func (s *searcher) rowsOf(ctx context.Context, doc string, tables []*coda.Table) error {
	looked := 0
	for _, t := range tables {
		if t.TableType == coda.TypeView {
			continue
		}
		if s.full() {
			return nil
		}
		if looked == searchedTables {
			s.complete = false
			return nil
		}
		looked++
		s.tables++
		page, err := s.RowsPage(ctx, doc, t.ID, &coda.ListRowsOptions{ValueFormat: coda.Simple,
			UseColumnNames: true, ListOptions: coda.ListOptions{PageSize: searchedRows}})
		if err != nil {
			return err
		}
		if page.NextPageToken != "" {
			s.complete = false
		}
		for _, row := range page.Items {
			s.rows++
			if text, ok := s.inRow(row); ok && !s.full() {
				s.hits = append(s.hits, hit{Kind: "row", ID: row.ID, Name: kit.Clip(row.Name, 200), Doc: doc,
					Table: t.ID, URL: row.BrowserLink, Text: text})
			}
		}
	}
	return nil
}

// inRow looks for all words in the row as a whole, and shows the cell that holds the first of them.
func (s *searcher) inRow(row *coda.Row) (text string, ok bool) {
	var all strings.Builder
	for _, name := range kit.SortedKeys(row.Values) {
		cell := row.Values[name].Text()
		all.WriteString(cell + "\n")
		if text == "" && strings.Contains(strings.ToLower(kit.Clean(cell)), s.words[0]) && cell != row.Name {
			text = name + ": " + surroundings(cell, s.words[0])
		}
	}
	return text, s.matches(all.String())
}

func (s *searcher) textOf(ctx context.Context, doc string, pages []*coda.PageInfo) error {
	looked := 0
	for _, p := range pages {
		if p.ContentType != coda.PageCanvas {
			continue
		}
		if s.full() {
			return nil
		}
		if looked == searchedPages {
			s.complete = false
			return nil
		}
		looked++
		s.textPages++
		page, err := s.Coda.ListPageContentPage(ctx, doc, p.ID, coda.ListOptions{PageSize: searchedLines})
		if err != nil {
			return err
		}
		if page.NextPageToken != "" {
			s.complete = false
		}
		s.lines(p, doc, page.Items)
	}
	return nil
}

// lines looks through the text of a page, and tells of each hit which heading it stands under.
func (s *searcher) lines(p *coda.PageInfo, doc string, lines []*coda.Element) {
	heading := ""
	for _, line := range lines {
		if line.Content == nil {
			continue
		}
		own := isHeading(line)
		if s.matches(line.Content.Content) && !s.full() {
			h := hit{
				Kind: "line", ID: line.ID, Name: p.Name, Doc: doc, URL: p.BrowserLink, Heading: heading,
				Text: surroundings(line.Content.Content, s.words[0]),
			}
			if own {
				h.Kind, h.Heading = "heading", ""
			}
			s.hits = append(s.hits, h)
		}
		if own {
			heading = kit.Clip(kit.OneLine(line.Content.Content), 100)
		}
	}
}

// isHeading is true of the lines that coda_read_page takes as a section.
func isHeading(line *coda.Element) bool {
	switch line.Content.Style {
	case "h1", "h2", "h3":
		return true
	}
	return false
}

// surroundings gives the surroundings of a word.
func surroundings(text, word string) string {
	text = kit.OneLine(text)
	i := strings.Index(kit.AsciiLower(text), word)
	if i < 0 || len(text) <= 160 {
		return kit.Clip(text, 160)
	}
	begin := max(0, i-60)
	for begin > 0 && text[begin]&0xc0 == 0x80 {
		begin--
	}
	if begin == 0 {
		return kit.Clip(text, 160)
	}
	return "…" + kit.Clip(text[begin:], 160)
}

func (s *searcher) answer(query string) *kit.Answer {
	out := searchFound{Hits: s.hits, Complete: s.complete}
	if out.Hits == nil {
		out.Hits = []hit{}
	}
	out.Looked = fmt.Sprintf("%s in %s", kit.Plural(s.titles, "title"), kit.Plural(s.docs, "doc"))
	if s.tables > 0 {
		out.Looked += fmt.Sprintf(", %s of %s", kit.Plural(s.rows, "row"), kit.Plural(s.tables, "table"))
	}
	if s.textPages > 0 {
		out.Looked += fmt.Sprintf(", the text of %s", kit.Plural(s.textPages, "page"))
	}
	var b strings.Builder
	for _, h := range out.Hits {
		fmt.Fprintf(&b, "%s %s (%s)", h.Kind, kit.Clip(kit.OneLine(h.Name), 200), h.ID)
		if h.Table != "" {
			b.WriteString(" of table " + h.Table)
		}
		if h.Kind != "doc" {
			b.WriteString(" in doc " + h.Doc)
		}
		if h.URL != "" {
			b.WriteString(" " + kit.OneLine(h.URL))
		}
		if h.Heading != "" {
			b.WriteString(", under " + near.Quote(h.Heading))
		}
		if h.Text != "" {
			b.WriteString(": " + h.Text)
		}
		b.WriteString("\n")
	}
	text := near.Sprintf("Nothing holds %q.\n", kit.Clip(kit.OneLine(query), 100))
	if len(out.Hits) > 0 {
		text = kit.Plural(len(out.Hits), "hit") + ":\n" + kit.Marked(b.String())
	}
	text += "Looked at: " + out.Looked + "."
	switch {
	case s.complete && s.pageText:
	case s.complete:
		text += " The text of pages was not looked at; page_text=true does."
	case len(out.Hits) >= s.limit:
		text += " It stopped when it had enough; there may be more."
	default:
		text += " That is not everything: name docs to look into their rows, or query a table with coda_query_rows."
	}
	return &kit.Answer{Text: text + "\n"}
}
