package coda

// ColumnType tells in words what columns of a type take. It is what documentation is made of.
type ColumnType struct {
	// Type is the value of [Format.Type].
	Type string
	// Takes is what can be written, Refuses what is refused though Coda would store it as dead text, and Tells what an
	// answer says of values that are stored otherwise than they were given. What stands between backticks in the first
	// two are examples, each of which is taken or refused as it says; dates and decimal change how those after them, up
	// to a semicolon, are read.
	Takes, Refuses, Tells string
}

// ColumnTypes lists the column types whose values this package understands. Whatever goes into columns of other types
// is passed on as it is.
func ColumnTypes() []ColumnType {
	return []ColumnType{
		{ColText, "text as it is (`007` stays `007`); numbers (`12.5`), `true` and `false` as text",
			"lists (`[\"a\", \"b\"]`), objects (`{\"a\": 1}`)",
			"that the ``` around a text, which is how Coda shows plain text, are not stored"},
		{ColCanvas, "text (`Agreed`)", "lists (`[\"a\", \"b\"]`), objects (`{\"a\": 1}`)",
			"that Markdown is stored literally"},
		{ColNumber, "numbers; texts such as `12.5`, `1,234.56`, `12 400`; with `decimal: ,` `1.234,56`",
			"a comma that may be either (`1,234`), whole numbers that 53 bits do not hold (`9007199254740993`), " +
				"units (`12 kg`)", "`1.234` read with a point, `007` stored as 7"},
		{ColPercent, "numbers where 1 is 100 % (`0.45`); texts with the sign (`45 %`)", "as for number (`45 kg`)",
			"the unit: 0.45 = 45 %, 45 = 4500 %"},
		{ColCurrency, "numbers (`12400`); `{\"amount\": 12400, \"currency\": \"EUR\"}`; `12400 EUR`, `€12,400.50`",
			"another currency than the column's (`12400 USD`)", "the column's currency"},
		{ColSlider, "numbers within the bounds (`7`)", "numbers outside (`1000`)", ""},
		{ColScale, "numbers from 0 to the maximum (`4`)", "numbers outside (`1000`)", ""},
		{ColCheckbox, "`true`, `false`; `yes`, `no`, `on`, `off`, `x`, `1`, `0`", "everything else (`perhaps`)",
			"signs such as x that were read"},
		{ColDate, "ISO 8601 (`2026-03-04`); `4 March 2026`; `13/03/2026`; with `dates: dmy` `04/03/2026` and " +
			"`04.03.26`; `dates: mdy` and `dates: ymd` likewise",
			"days that can be read in two ways (`04/03/2026`), Unix times (`1772582400`), `tomorrow`", "the day that was " +
				"written is stored whatever offset came with it; a time of day that is left out"},
		{ColDateTime, "dates as above with a time (`4 March 2026 15:04`); with an offset that point in time " +
			"(`2026-03-04T15:04+02:00`), without one the doc's time zone (`2026-03-04T15:04`)",
			"a time without a date (`15:04`), Unix times (`1772582400`)", "that the doc's time zone holds"},
		{ColTime, "`15:04`, `3:04 pm`; the time in a date with time (`2026-03-04T15:04`)", "a date alone (`2026-03-04`)",
			"the time that was read"},
		{ColDuration, "`10 hrs`, `1 day 3 hrs`, `90 min`, `1:30` (hours and minutes), `PT90M`",
			"numbers without a unit (`90`), months (`2 months`), negative ones (`-1 hr`)", "`1:30` = 1 hr 30 mins"},
		{ColSelect, "the name of an option (`Done`), in any case (`done`); in list columns arrays, or options with commas " +
			"between them, as answers show them; options may hold commas themselves",
			"unknown options (`Dnoe`), with the likely ones", "options found in another spelling"},
		{ColRelation, "a row's id, link, or exact name (`Apollo`); `{\"name\": \"Apollo\", \"row\": \"i-Apollo\"}`; in " +
			"list columns arrays, or names with commas between them",
			"names and ids of no row (`Apolo`, `i-Nothing`), and names of several, with the candidates", ""},
		{ColPerson, "address (`ada@example.com`), full name (`Grace Hopper`), first or last name (`Hopper`), " +
			"`Ada Lovelace <ada@example.com>`; in list columns arrays, or \"Ada, Grace and bob@example.com\"",
			"people that the doc itself does not show (its cells, owner and sharing; `zoe@example.com`), members of the " +
				"workspace too; names of several people, with the candidates", "who was found by a name"},
		{ColEmail, "an address (`ada@example.com`), also `Ada <ada@example.com>`", "other texts (`ada at example`)",
			"that the name is not stored"},
		{ColLink, "a URL (`https://example.com/page`), `[name](https://example.com)`, `name <https://example.com>`, " +
			"`example.com/page`", "other texts (`the page`)",
			"that the name is not stored; the https:// that was put in front"},
		{ColImage, "public http(s) URLs (`https://example.com/a.png`)", "other texts (`a picture`); hosts of a private " +
			"network in any form (`http://10.0.0.1/a.png`, `http://0x7f.1/a.png`), and names or passwords in the address " +
			"(`https://ada:pw@example.com/a.png`): Coda fetches from outside", "that Coda fetches and keeps a copy"},
		{ColImageReference, "as for image (`https://example.com/a.png`)", "as for image (`http://10.0.0.1/a.png`)", ""},
		{ColAttachments, "as for image (`https://example.com/a.pdf`)", "as for image (`http://10.0.0.1/a.pdf`)",
			"as for image"},
		{ColReaction, "emoji (`👍`), always sent as a list", "words (`good`)", ""},
		{ColButton, "nothing: buttons are pushed", "everything (`Go`)", ""},
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
