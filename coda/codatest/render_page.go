package codatest

import (
	"fmt"
	"html"
	"strings"
)

// exportPage writes a page in the format of an export. Sub-pages are not part
// of it.
func (k *content) exportPage(d *docState, p *pageState, format string, m Manners) string {
	if format == "html" {
		return k.pageHTML(d, p)
	}
	return k.pageMarkdown(d, p, m)
}

// pageMarkdown leaves attachments and dividers out.
func (k *content) pageMarkdown(d *docState, p *pageState, m Manners) string {
	bullet := "* "
	if m.DashBullets {
		bullet = "- "
	}
	var b strings.Builder
	b.WriteString("# " + p.name + "\n")
	number, prev := map[int]int{}, block{}
	for _, e := range p.blocks {
		inList := func(x block) bool {
			return x.kind == blockLine && (x.style == styleBullets || x.style == styleNumbers || x.style == styleChecks)
		}
		if !inList(e) || !inList(prev) {
			b.WriteByte('\n')
			number = map[int]int{}
		}
		prev = e
		if m.MarkdownLosses && e.kind == blockLine {
			e = e.lossy()
		}
		indent := strings.Repeat("    ", e.level)
		switch e.kind {
		case blockTable:
			b.WriteString(k.gridMarkdown(d, e.ref))
		case blockControl, blockFormula:
			b.WriteString(k.namedText(e) + "\n")
		case blockCallout:
			b.WriteString("> " + e.text + "\n")
		case blockDivider, blockAttachment:
		case blockLine:
			switch e.style {
			case styleH1, styleH2, styleH3:
				b.WriteString(strings.Repeat("#", int(e.style[1]-'0')) + " " + e.text + "\n")
			case styleBullets:
				b.WriteString(indent + bullet + e.text + "\n")
			case styleNumbers:
				number[e.level]++
				fmt.Fprintf(&b, "%s%d. %s\n", indent, number[e.level], e.text)
			case styleChecks:
				mark := " "
				if e.checked {
					mark = "x"
				}
				b.WriteString(indent + bullet + "[" + mark + "] " + e.text + "\n")
			case styleQuote:
				b.WriteString("> " + e.text + "\n")
			case styleCode:
				b.WriteString("```" + e.lang + "\n" + e.text + "\n```\n")
			default:
				b.WriteString(e.text + "\n")
			}
		}
	}
	return b.String()
}

func (k *content) pageHTML(d *docState, p *pageState) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" + html.EscapeString(p.name) +
		"</title></head><body>\n<h1>" + html.EscapeString(p.name) + "</h1>\n")
	var lists []string // open list elements, one per level
	closeTo := func(n int) {
		for len(lists) > n {
			b.WriteString("</" + lists[len(lists)-1] + ">\n")
			lists = lists[:len(lists)-1]
		}
	}
	for _, e := range p.blocks {
		tag := ""
		if e.kind == blockLine {
			switch e.style {
			case styleBullets, styleChecks: // checkboxes are lost
				tag = "ul"
			case styleNumbers:
				tag = "ol"
			}
		}
		if tag != "" {
			closeTo(e.level + 1)
			if len(lists) == e.level+1 && lists[e.level] != tag {
				closeTo(e.level)
			}
			for len(lists) <= e.level {
				b.WriteString("<" + tag + ">\n")
				lists = append(lists, tag)
			}
			b.WriteString("<li>" + inlineHTML(e.text) + "</li>\n")
			continue
		}
		closeTo(0)
		switch e.kind {
		case blockTable:
			b.WriteString(k.gridHTML(d, e.ref))
		case blockControl, blockFormula:
			b.WriteString("<p>" + html.EscapeString(k.namedText(e)) + "</p>\n")
		case blockCallout:
			b.WriteString("<aside>" + inlineHTML(e.text) + "</aside>\n")
		case blockDivider:
			b.WriteString("<hr>\n")
		case blockAttachment:
			fmt.Fprintf(&b, "<p><a href=%q>%s</a></p>\n", e.ref, html.EscapeString(e.ref[strings.LastIndex(e.ref, "/")+1:]))
		case blockLine:
			switch e.style {
			case styleH1, styleH2, styleH3:
				fmt.Fprintf(&b, "<%[1]s>%[2]s</%[1]s>\n", e.style, inlineHTML(e.text))
			case styleQuote:
				b.WriteString("<blockquote>" + inlineHTML(e.text) + "</blockquote>\n")
			case styleCode: // the language is lost
				b.WriteString("<pre><code>" + html.EscapeString(e.text) + "</code></pre>\n")
			default:
				b.WriteString("<p>" + inlineHTML(e.text) + "</p>\n")
			}
		}
	}
	closeTo(0)
	b.WriteString("</body></html>\n")
	return b.String()
}

func (k *content) namedText(e block) string {
	all := k.controls
	if e.kind == blockFormula {
		all = k.formulas
	}
	if n, i := findNamed(all, e.ref); i >= 0 {
		return joinSimple(n.value)
	}
	return ""
}

// grid returns what a table shows: its visible columns and rows, as text.
func (k *content) grid(d *docState, id string) (header []string, rows [][]string) {
	t, i := k.table(id)
	if i < 0 {
		return nil, nil
	}
	v := k.viewer(d, nil, formatSimple)
	columns := k.columnsOf(t, true)
	for _, c := range columns {
		header = append(header, c.Name)
	}
	for _, r := range k.rowsOf(d, t, true) {
		var cells []string
		for _, c := range columns {
			cells = append(cells, joinSimple(v.cell(k.baseOf(t), c, r)))
		}
		rows = append(rows, cells)
	}
	return header, rows
}

func (k *content) gridMarkdown(d *docState, id string) string {
	header, rows := k.grid(d, id)
	if header == nil {
		return ""
	}
	var b strings.Builder
	writeRow := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| " + strings.NewReplacer("|", `\|`, "\n", " ").Replace(c) + " ")
		}
		b.WriteString("|\n")
	}
	writeRow(header)
	b.WriteString(strings.Repeat("| --- ", len(header)) + "|\n")
	for _, r := range rows {
		writeRow(r)
	}
	return b.String()
}

func (k *content) gridHTML(d *docState, id string) string {
	header, rows := k.grid(d, id)
	if header == nil {
		return ""
	}
	var b strings.Builder
	writeRow := func(tag string, cells []string) {
		b.WriteString("<tr>")
		for _, c := range cells {
			b.WriteString("<" + tag + ">" + html.EscapeString(c) + "</" + tag + ">")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("<table>\n<thead>\n")
	writeRow("th", header)
	b.WriteString("</thead>\n<tbody>\n")
	for _, r := range rows {
		writeRow("td", r)
	}
	b.WriteString("</tbody>\n</table>\n")
	return b.String()
}
