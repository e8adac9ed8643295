// Package rowset finds rows of Coda tables by conditions, in any order, a part at a time.
//
// Coda itself knows one filter, equality in one column, and three orders. Everything else is decided here, over the
// rows that Coda sends, by rules that depend on nothing but the type of the column: not on the order in which
// conditions are written, not on which of them Coda could have decided, not on what a value happens to look like.
// Coda is given a condition only where its answer is the same.
//
// # Filters
//
// A filter is the JSON object that people and models write by themselves ([Filter]). Its members must all hold:
//
//	{"Status": "Open"}                                 equal
//	{"Status": ["Open", "New"]}                        any of these, hundreds if need be
//	{"Status": {"not": "Done"}, "Owner": null}         not equal; empty
//	{"Due": {"before": "2026-12-01"}, "Cost": {">=": 100, "<": 200}}
//	{"Due": "this week"}                               a period: 2026, 2026-Q1, 2026-03, 2026-W12, today, last 7 days …
//	{"Name": {"contains": "robot"}}                    starts_with, ends_with
//	{"Cost": {"between": [100, 200]}}                  both ends included
//	{"Tags": {"all": ["safety", "hardware"]}}          a list that holds them all
//	{"Owner": {"empty": true}}
//	{"or": [{"Status": "Open"}, {"Due": "today"}]}     and, not likewise
//	{"updated": {"since": "yesterday"}}                when rows were changed; created likewise
//
// A column may be called anything. Where it bears one of the words above, the column is meant, and what is left
// over from that is refused with the form that cannot be misread: {"column": "or", "=": "x"}, or the column's id
// for its name. Row times are row.created and row.updated too, which helps where columns are called created and
// updated.
//
// # How values compare
//
// Text compares as text, whatever the letters' case and the spaces between words: "007" is not "7". Numbers compare
// by size, money by its amount, "45%" is 0.45. Dates are days of the doc's own calendar, and a period equals what
// lies in it, comes after what lies before it, and so on. Durations compare by length. An option of a select, a
// person and a related row have to exist: what does not is a mistake that is answered with what may have been
// meant, not with "no rows". Options are ordered as the column lists them. A cell that holds a list satisfies a
// comparison if one of its items does. The negations (!=, not, not_in, not_contains) hold exactly where what they
// negate does not, in empty cells too.
//
// Rows without a value come last in either direction of sorting, and rows that are equal in what is sorted by stay
// in the order in which they were made.
package rowset
