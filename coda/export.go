package coda

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// PageExport is an export under way or ready.
type PageExport struct {
	Object
	ID   string `json:"id"`
	Href string `json:"href"`
	// Status is Coda's word for it and not to be relied on: what counts is whether DownloadLink or Error is there.
	Status string `json:"status"`
	// DownloadLink lives five minutes. It is on another host, which must not see the token.
	DownloadLink string `json:"downloadLink"`
	Error        string `json:"error"`
}

// BeginPageExport asks Coda to export a page (POST …/export). Read-only tokens may not; of the page types only canvas
// can. Coda stores the exports of one page in one place, so that they must not overlap: [Client.ExportPage] sees to it.
func (c *Client) BeginPageExport(ctx context.Context, doc DocID, page string, format ContentFormat) (*PageExport,
	error) {
	if format != Markdown && format != HTML {
		return nil, invalidf(OpBeginPageExport, doc, "export format %q is neither %q nor %q", format, Markdown, HTML)
	}
	return do[PageExport](ctx, c, request{op: OpBeginPageExport, path: []string{doc, page}, body: struct {
		OutputFormat ContentFormat `json:"outputFormat"`
	}{format}})
}

// PageExportStatus asks how an export stands (GET …/export/{id}). Right after the beginning Coda may answer 404.
func (c *Client) PageExportStatus(ctx context.Context, doc DocID, page, export string) (*PageExport, error) {
	return do[PageExport](ctx, c, request{op: OpPageExportStatus, path: []string{doc, page, export}})
}

// PageContent is the text of a page.
type PageContent struct {
	Doc    DocID
	PageID string
	// Format is that of Content: Markdown or HTML, or PlainText where the page was listed instead of exported.
	Format  ContentFormat
	Content string
	// Elements are the lines with their ids, where the page was listed.
	Elements []*Element
	// Note says what Content leaves out and why; empty after an export.
	Note string
}

// PlainText is the format of [PageContent] from a listing. Coda neither imports nor exports it.
const PlainText ContentFormat = "plainText"

// The manners of polling an export: typically ready after five seconds, and not found right after it was begun.
const (
	exportFirstPoll   = time.Second
	exportLongestPoll = 5 * time.Second
	// exportLinks bounds how often a fresh link is asked for when one has expired.
	exportLinks = 3
)

// ExportPage reads a whole page as Markdown or HTML: it begins an export, waits for it and downloads it. One page is
// exported once at a time across all callers that share [Config.Exports]. A page given by name is looked up first.
func (c *Client) ExportPage(ctx context.Context, doc DocID, page string, format ContentFormat) (*PageContent, error) {
	id := page
	if !isPageID(page) {
		info, err := c.GetPage(ctx, doc, page)
		if err != nil {
			return nil, err
		}
		if info.ContentType != "" && info.ContentType != PageCanvas {
			return nil, notCanvas(doc, page, info.ContentType)
		}
		id = info.ID
	}
	// Whoever is not allowed must not learn by waiting either.
	if err := c.allow(ctx, OpBeginPageExport, doc); err != nil {
		return nil, err
	}
	if c.view != nil && c.view.Doc(ctx, UseAct, doc, nil) != nil {
		_, err := c.export(ctx, doc, id, format)
		return nil, err
	}
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, c.cfg.ExportDeadline)
	defer cancel()
	release, err := c.cfg.Exports.lock(ctx, doc+"/"+id)
	if err != nil {
		return nil, &Error{Op: OpBeginPageExport, Doc: doc, kinds: []error{contextKind(err)},
			Err:  fmt.Errorf("waiting for other exports of page %s: %w", id, err),
			Hint: "exports of one page run one after the other; try again in a minute"}
	}
	defer release()

	text, err := c.export(ctx, doc, id, format)
	if err != nil {
		if ctx.Err() != nil && parent.Err() == nil {
			err = &Error{Op: OpPageExportStatus, Doc: doc, kinds: []error{ErrTimeout},
				Err:  fmt.Errorf("page %s was not exported within %s: %w", id, c.cfg.ExportDeadline, err),
				Hint: "try again later, or list the page's lines instead"}
		}
		return nil, c.explainExport(parent, err, doc, id)
	}
	return &PageContent{Doc: doc, PageID: id, Format: format, Content: text}, nil
}

func (c *Client) export(ctx context.Context, doc DocID, page string, format ContentFormat) (string, error) {
	export, err := c.BeginPageExport(ctx, doc, page, format)
	if err != nil {
		return "", err
	}
	for range exportLinks {
		ready, err := c.awaitExport(ctx, doc, page, export.ID)
		if err != nil {
			return "", err
		}
		text, err := c.download(ctx, doc, ready.DownloadLink)
		if !errors.Is(err, errDeadLink) {
			return text, err
		}
		c.cfg.Logger.DebugContext(ctx, "export link is dead, asking for another", "doc", doc, "page", page)
		if err := c.cfg.Clock.Sleep(ctx, exportFirstPoll); err != nil {
			return "", err
		}
	}
	return "", &Error{Op: OpDownloadExport, Doc: doc, kinds: []error{ErrUnavailable},
		Err: fmt.Errorf("none of the %d export links from Coda works", exportLinks), Hint: "try again in a minute"}
}

// awaitExport polls until the export has a link or failed.
func (c *Client) awaitExport(ctx context.Context, doc DocID, page, export string) (*PageExport, error) {
	begin := c.cfg.Clock.Now()
	wait := exportFirstPoll
	for {
		if err := c.cfg.Clock.Sleep(ctx, wait); err != nil {
			return nil, &Error{Op: OpPageExportStatus, Doc: doc, kinds: []error{contextKind(err)}, Err: err}
		}
		status, err := c.PageExportStatus(ctx, doc, page, export)
		elapsed := c.cfg.Clock.Now().Sub(begin)
		switch {
		case err == nil && status.DownloadLink != "":
			return status, nil
		case err == nil && status.Error != "":
			return nil, &Error{Op: OpPageExportStatus, Doc: doc, Message: clip(oneLine(status.Error), maxErrorMessage),
				kinds: []error{ErrExportFailed},
				Hint:  "try the other format, or list the page's lines instead"}
		case err == nil, statusOf(err) == http.StatusNotFound && elapsed < tolerate404:
		default:
			return nil, err
		}
		c.report(ctx, WaitingForExport{Page: page, Elapsed: elapsed})
		wait = min(wait*3/2, exportLongestPoll)
	}
}

func notCanvas(doc DocID, page, kind string) error {
	return &Error{Op: OpBeginPageExport, Doc: doc, kinds: []error{ErrBadRequest},
		Err: fmt.Errorf("page %q is of type %s; Coda exports canvas pages only", clip(page, 80), kind)}
}

// explainExport finds out whether a refusal is due to the page's type, which Coda does not say.
func (c *Client) explainExport(ctx context.Context, err error, doc DocID, page string) error {
	e, ok := asError(err)
	if !ok || e.Op != OpBeginPageExport || e.StatusCode != http.StatusBadRequest {
		return err
	}
	if info, infoErr := c.GetPage(ctx, doc, page); infoErr == nil && info.ContentType != "" &&
		info.ContentType != PageCanvas {
		return notCanvas(doc, info.Name, info.ContentType)
	}
	return err
}

// ReadPage is [Client.ExportPage] for every token: one that may not export gets the page's lines as plain text instead,
// with a note of what is missing.
func (c *Client) ReadPage(ctx context.Context, doc DocID, page string, format ContentFormat) (*PageContent, error) {
	content, err := c.ExportPage(ctx, doc, page, format)
	e, ok := asError(err)
	if !ok || e.Op != OpBeginPageExport || e.StatusCode != http.StatusForbidden &&
		e.StatusCode != http.StatusUnauthorized {
		return content, err
	}
	content, listErr := c.PageText(ctx, doc, page)
	if listErr != nil {
		return nil, err
	}
	content.Note = "this Coda token may not export, so these are the lines of the page as plain text; " + content.Note
	return content, nil
}

// PageText lists a page's lines as plain text, headings and list marks in Markdown's manner. A page given by name is
// looked up first.
func (c *Client) PageText(ctx context.Context, doc DocID, page string) (*PageContent, error) {
	id, err := c.pageID(ctx, doc, page)
	if err != nil {
		return nil, err
	}
	elements, err := Collect(c.ListPageContent(ctx, doc, id, ListOptions{}))
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, e := range elements {
		b.WriteString(e.Text())
		b.WriteByte('\n')
	}
	return &PageContent{
		Doc: doc, PageID: id, Format: PlainText, Content: b.String(), Elements: elements,
		Note: textNote(elements),
	}, nil
}

// textNote says what a listing of lines leaves out, and what its marks stand for where they cannot be what they look
// like.
func textNote(elements []*Element) string {
	note := "tables, controls, formulas, callouts, dividers and images do not appear"
	styles := make(map[string]bool)
	for _, e := range elements {
		if e.Content != nil {
			styles[e.Content.Style] = true
		}
	}
	if styles["checkboxList"] {
		note += "; [?] is a checkbox whose state Coda does not list"
	}
	if styles["numberedList"] {
		note += "; #. is an entry of a numbered list, whose number Coda does not list"
	}
	return note
}

// lineMarks say what a line is, as far as Coda's listing knows: it has neither the state of a checkbox nor the number
// of an entry, and neither is made up.
var lineMarks = map[string]string{
	"h1": "# ", "h2": "## ", "h3": "### ", "bulletedList": "- ", "numberedList": "#. ", "checkboxList": "- [?] ",
	"collapsibleList": "- ", "blockQuote": "> ", "pullQuote": "> ", "code": "    ",
}

// Text writes the element as a line of text, marked by its style and indented by its level.
func (e *Element) Text() string {
	if e.Content == nil {
		return ""
	}
	begin := strings.Repeat("  ", max(0, min(e.Content.LineLevel, 20)))
	mark := lineMarks[e.Content.Style]
	text := strings.TrimRight(e.Content.Content, "\n")
	switch e.Content.Style { // which mark each line
	case "code", "blockQuote", "pullQuote":
		return begin + mark + strings.ReplaceAll(text, "\n", "\n"+begin+mark)
	}
	return begin + mark + strings.ReplaceAll(text, "\n", "\n"+begin+strings.Repeat(" ", len(mark)))
}
