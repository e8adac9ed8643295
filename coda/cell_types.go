package coda

// ColumnType tells in words what columns of a type take. It is what documentation is made of.
type ColumnType struct {
	// Type is the value of [Format.Type].
	Type string
	// Takes is what can be written, Refuses what is refused though Coda would store it as dead text, and Tells what an
	// answer says of values that are stored otherwise than they were given.
	Takes, Refuses, Tells string
}

// ColumnTypes lists the column types whose values this package understands. Whatever goes into columns of other types
// is passed on as it is.
func ColumnTypes() []ColumnType {
	return []ColumnType{
		{ColText, "text as it is (`007` stays `007`); numbers, true and false as text", "lists, objects",
			"that the ``` around a text, which is how Coda shows plain text, are not stored"},
		{ColCanvas, "text", "lists, objects", "that Markdown is stored literally"},
		{ColNumber, "numbers; texts such as `12.5`, `1,234.56`, `12 400`; with `decimal: \",\"` `1.234,56`",
			"a comma that may be either (`1,234`), whole numbers that 53 bits do not hold, units",
			"`1.234` read with a point, `007` stored as 7"},
		{ColPercent, "numbers where 1 is 100 %; texts with the sign (`45 %`)", "as for number",
			"the unit: 0.45 = 45 %, 45 = 4500 %"},
		{ColCurrency, "numbers; `{amount, currency}`; `12400 EUR`, `€12,400.50`", "another currency than the column's",
			"the column's currency"},
		{ColSlider, "numbers within the bounds", "what is out of them", ""},
		{ColScale, "numbers from 0 to the maximum", "what is out of them", ""},
		{ColCheckbox, "true, false; yes, no, on, off, x, 1, 0", "everything else", "signs such as x that were read"},
		{ColDate, "ISO 8601; `4 March 2026`; `13/03/2026`; with `dates: dmy`, `mdy` or `ymd` `04/03/2026` and `04.03.26`",
			"days that can be read in two ways, Unix times, `tomorrow`", "the day that was written is stored whatever offset " +
				"came with it; a time of day that is left out"},
		{ColDateTime, "dates as above with a time; with an offset that point in time, without one the doc's time zone",
			"a time without a date, Unix times", "that the doc's time zone holds"},
		{ColTime, "`15:04`, `3:04 pm`; the time in a date with time", "a date alone", "the time that was read"},
		{ColDuration, "`10 hrs`, `1 day 3 hrs`, `90 min`, `1:30` (hours and minutes), `PT90M`",
			"numbers without a unit, months, negative ones", "`1:30` = 1 hr 30 mins"},
		{ColSelect, "the name of an option, in any case; in list columns arrays, or options with commas between them, as " +
			"answers show them; options may hold commas themselves", "what is no option, with those that may be meant",
			"options found in other letters"},
		{ColRelation, "a row's id, link, or exact name; `{name, row}`; in list columns arrays, or names with commas " +
			"between them", "names and ids of no row, and names of several, with the candidates", ""},
		{ColPerson, "address, full name, first or last name, `Name <address>`; in list columns arrays, or `Ada, Grace and " +
			"bob@example.com`", "whoever the doc itself does not show (its cells, owner and sharing), members of the " +
			"workspace too; names of several people, with the candidates",
			"who was found by a name"},
		{ColEmail, "an address, also `Name <address>`", "what is none", "that the name is not stored"},
		{ColLink, "a URL, `[name](URL)`, `name <URL>`, `example.com/page`", "what is none",
			"that the name is not stored; the https:// that was put in front"},
		{ColImage, "public http(s) URLs", "other texts; hosts of an own network in any form, and names or passwords in the " +
			"address: Coda fetches from outside",
			"that Coda fetches and keeps a copy"},
		{ColImageReference, "as for image", "as for image", ""},
		{ColAttachments, "as for image", "as for image", "as for image"},
		{ColReaction, "emoji, always sent as a list", "words", ""},
		{ColButton, "nothing: buttons are pushed", "everything", ""},
	}
}

// freeForm columns take what Coda makes of it.
func (col *Column) freeForm() bool {
	switch col.Format.Type {
	case ColText, ColCanvas, ColNumber, ColPercent, ColCurrency, ColSlider, ColScale, ColCheckbox, ColDate, ColDateTime,
		ColTime,
		ColDuration, ColSelect, ColRelation, ColPerson, ColEmail, ColLink, ColImage, ColImageReference, ColAttachments,
		ColReaction, ColButton:
		return false
	}
	return true
}
