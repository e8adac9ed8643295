//go:build unix

package build

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// shaped is a value of about so many bytes in one of the shapes that cost: many small, few huge, deep, wide, wrong in
// the last place, near to what is known, and of another type than is wanted.
type shaped struct{ name, json string }

// fill repeats a form until it has so many bytes, with a number in the place of each %.
func fill(size int, form, between string) string { return most(1<<30, size, form, between) }

// most is fill with no more than so many; an … is as long as they need to have the size together.
func most(n, size int, form, between string) string {
	form = strings.ReplaceAll(form, "…", strings.Repeat("x", max(0, size/n-len(form)-3)))
	var b strings.Builder
	b.Grow(size + len(form))
	for i := 0; b.Len() < size && i < n; i++ {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(strings.ReplaceAll(form, "%", strconv.Itoa(i)))
	}
	return b.String()
}

func quote(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func list(items string) string { return "[" + items + "]" }

// nested is a form within itself.
func nested(levels int, before, inner, after string) string {
	return strings.Repeat(before, levels) + inner + strings.Repeat(after, levels)
}

// textShapes are shapes of one text.
func textShapes(size int) []shaped {
	return []shaped{
		{"x", `"` + strings.Repeat("x", size) + `"`},
		{"quotes", `"` + strings.Repeat(`\"`, size/2) + `"`},
		{"escapes", `"` + strings.Repeat(`\u00e9`, size/6) + `"`},
		{"accents", `"` + strings.Repeat("é", size/2) + `"`},
		{"unseen", `"` + strings.Repeat("\u200b", size/3) + `"`},
		{"breaks", `"` + strings.Repeat(`\n`, size/2) + `"`},
		{"commas", `"` + strings.Repeat("a,", size/2) + `"`},
		{"digits", `"` + strings.Repeat("1", size) + `"`},
		{"link", `"https://coda.io/d/_d` + strings.Repeat("x", size) + `"`},
		{"links", quote(fill(size, "https://coda.io/d/_ddRoadmap01#_t%", " "))},
		{"json list", quote(list(fill(size*9/10, `"name %"`, ",")))},
		{"json object", quote("{" + fill(size*9/10, `"name %":1`, ",") + "}")},
		{"json wrong", quote(list(fill(size*9/10, `{"a":%}`, ",") + "!"))},
	}
}

// longShapes are shapes of a text that may be long: the content of a page.
func longShapes(size int) []shaped {
	return []shaped{
		{"headings", quote(fill(size*9/10, "# Heading %", "\n"))},
		{"points", quote(fill(size*9/10, "- point %", "\n"))},
		{"deep points", quote(deepPoints(size))},
		{"table", quote("| a | b |\n| --- | --- |\n" + fill(size*9/10, "| %| x |", "\n"))},
		{"emphasis", `"` + strings.Repeat("*a_", size/3) + `"`},
		{"tags", quote(fill(size/2, "<b><i>%", ""))},
		{"marks", quote(fill(size/2, "</coda-content>", ""))},
	}
}

// csvShapes are shapes of CSV.
func csvShapes(size int) []shaped {
	wide := "Name,Effort,Due,Status,Tags,Owner,Release,Urgent,Crew,Depends on\n"
	const row = "a%,1,2026-01-02,Done,hardware,ada@example.com,Spring,true,ada@example.com,Gripper"
	return []shaped{
		{"csv", quote("Name,Effort\n" + most(9_900, size*9/10, "a%,1", "\n"))},
		{"csv wrong", quote("Name,Effort\n" + most(9_900, size*9/10, "a%,b", "\n"))},
		{"csv wrong at the end", quote("Name,Effort\n" + most(9_900, size*9/10, "a%,1", "\n") + "\na,b")},
		{"csv short at the end", quote("Name,Effort\n" + most(9_900, size*9/10, "a%,1", "\n") + "\na")},
		{"csv unknown columns", quote("Name,Efort\n" + most(9_900, size*9/10, "a%,1", "\n"))},
		{"csv wide", quote(wide + most(4_900, size*9/10, row, "\n") + "\na,b")},
		{"csv all wrong", quote(wide + most(4_900, size*9/10, "a%,b%,1/2/3%,D%,s%,x%,S%,p%,y%,G%", "\n"))},
		{"csv too long", quote("Name,Effort\n" + fill(size*9/10, "a%,1", "\n"))},
		{"csv cells", quote(wide + most(9_900, size*9/10, "a%,1,,,,,,,,", "\n") + "\na,b")},
	}
}

func deepPoints(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size*9/10; i++ {
		b.WriteString(strings.Repeat(" ", 2*(i%200)) + "- x\n")
	}
	return b.String()
}

// otherShapes are shapes of what is no text.
func otherShapes(size int) []shaped {
	return []shaped{
		{"number", "1" + strings.Repeat("0", size)},
		{"deep list", nested(min(size/2, 9_900), "[", "1", "]")},
		{"deep object", nested(min(size/6, 9_900), `{"a":`, "1", "}")},
		{"wide", "{" + most(900, size, `"name %":"…"`, ",") + "}"},
		{"numbers", list(fill(min(size, 180_000), "1", ","))},
		{"lists", list(fill(min(size, 250_000), "[1]", ","))},
	}
}

// listShapes are shapes of a list of texts.
func listShapes(size int) []shaped {
	return []shaped{
		{"many", list(most(90_000, size, `"name %…"`, ","))},
		{"fewer", list(most(990, size, `"name %…"`, ","))},
		{"near", list(most(90_000, size, `"Nmae %"`, ","))},
		{"same", list(most(90_000, size, `"Name"`, ","))},
		{"few huge", list(most(2, size, `"% …"`, ","))},
		{"wrong at the end", list(most(40_000, size, `"name %…"`, ",") + ",{}")},
		{"objects", list(most(45_000, size, `{"id":"i-%"}`, ","))},
		{"ids", list(most(90_000, size, `"i-%"`, ","))},
		{"links", list(most(90_000, size, `"https://coda.io/d/_dRoadmap01#_tFeatures01/_ru%"`, ","))},
		{"doc links", list(most(90_000, size, `"https://coda.io/d/_dRoadmap%"`, ","))},
		{"columns", list(most(90_000, size, `"Effort desc","Name"`, ","))},
	}
}

// objectShapes are shapes of a filter, a map or a payload.
func objectShapes(size int) []shaped {
	return []shaped{
		{"unknown names", "{" + most(900, size, `"name %…":1`, ",") + "}"},
		{"near names", "{" + most(990, size, `"Nmae %":"…"`, ",") + "}"},
		{"too many names", "{" + most(90_000, size, `"name %":1`, ",") + "}"},
		{"same name", "{" + most(90_000, size, `"Name":1`, ",") + "}"},
		{"long name", `{"` + strings.Repeat("x", size) + `":1}`},
		{"any of", `{"or":[` + most(20_000, size, `{"Name":"n %"}`, ",") + `]}`},
		{"any of unknown", `{"or":[` + most(20_000, size, `{"Nmae %":"n"}`, ",") + `]}`},
		{"any wrong at the end", `{"or":[` + most(20_000, size, `{"Name":"n %"}`, ",") + `,{"Status":"Dnoe"}]}`},
		{"not", nested(min(size/8, 9_000), `{"not":`, `{"Name":1}`, "}")},
		{"and", nested(min(size/10, 4_500), `{"and":[`, `{"Name":1}`, "]}")},
		{"options", `{"Status":[` + most(90_000, size, `"Done%"`, ",") + `]}`},
		{"same option", `{"Status":[` + most(90_000, size, `"Dnoe"`, ",") + `]}`},
		{"good options", `{"Status":[` + most(90_000, size, `"Done"`, ",") + `,"Dnoe"]}`},
		{"long option", `{"Status":"` + strings.Repeat("x", size) + `"}`},
		{"people", `{"Owner":[` + most(90_000, size, `"Theo %"`, ",") + `]}`},
		{"rows", `{"Release":[` + most(90_000, size, `"Sprin %"`, ",") + `]}`},
		{"dates", `{"Due":[` + most(90_000, size, `"04/03/2%"`, ",") + `]}`},
		{"numbers", `{"Effort":[` + most(90_000, size, `"1,%"`, ",") + `]}`},
		{"conditions", `{"Name":{` + most(900, size, `"contains%":"…"`, ",") + `}}`},
		{"values", `{"Name":{` + most(900, size, `"n%":"…"`, ",") + `}}`},
		{"columns", `{"Status":{` + most(900, size, `"n%":"Dnoe…"`, ",") + `},"Due":{"x":"04/03/2026"}}`},
		{"deep", `{"Name":` + nested(min(size/2, 9_000), "[", "1", "]") + "}"},
	}
}

// rowShapes are shapes of a list of rows.
func rowShapes(size int) []shaped {
	all := []shaped{
		{"unknown column", list(most(9_900, size, `{"unknown":"x"}`, ","))},
		{"unknown columns", list(most(9_900, size, `{"unknown %":"x"}`, ","))},
		{"near column", list(most(9_900, size, `{"Nmae":"x %"}`, ","))},
		{"near columns", list(most(9_900, size, `{"Nmae %":"x"}`, ","))},
		{"hidden column", list(most(9_900, size, `{"Owner":"ada@example.com"}`, ","))},
		{"too many", list(most(49_000, size, `{"unknown %":"x"}`, ","))},
		{"no values", list(most(90_000, size, `{}`, ","))},
		{"wide", list(most(52, size, "{"+fill(min(size/55, 14_000), `"unknown %":"x"`, ",")+"}", ","))},
		{"wider", list(most(100, size, "{"+fill(min(size/110, 14_000), `"unknown %":1`, ",")+"}", ","))},
		{"few wide", list(fill(size, "{"+fill(min(size/4, 250_000)/13, `"u%":1`, ",")+"}", ","))},
		{"same name", list(most(9_900, size, `{"Name":"a","Name":"b"}`, ","))},
		{"two names of a column", list(most(9_900, size, `{"Name":"a","name":"b"}`, ","))},
		{"wrong at the end", list(most(9_900, size, `{"Name":"row %"}`, ",") + `,{"Status":"Dnoe"}`)},
		{"no object at the end", list(most(9_900, size, `{"Name":"row %"}`, ",") + `,7`)},
		{"wrapped", list(most(9_900, size, `{"values":{"Name":"row %"}}`, ","))},
		{"wrapped at the end", list(most(9_900, size, `{"Name":"row %"}`, ",") + `,{"values":{"Name":"x"},"a":1}`)},
		{"ten columns", list(most(4_400, size, `{"Name":"a%","Effort":1,"Due":"2026-01-02","Status":"Done","Tags":"hardware",`+
			`"Owner":"ada@example.com","Release":"Spring","Urgent":true,"Crew":"ada@example.com","Depends on":"Gripper"}`, ",") +
			`,{"Status":"Dnoe"}`)},
		{"named", list(most(30_000, size, `{"row":"i-%","values":{"Name":"x"}}`, ","))},
		{"huge", list(most(2, size, `{"Name":"% …"}`, ","))},
		{"large", list(most(25, size, `{"Name":"% …","Status":"Dnoe"}`, ","))},
		{"all wrong", list(most(6_100, size, `{"Status":"Dnoe","Due":"04/03/2026","Effort":"1,234","Owner":"Theo",`+
			`"Release":"Sprin","Tags":"softwear","Urgent":"perhaps"}`, ","))},
		{"all wrong anew", list(most(6_100, size, `{"Status":"Dnoe%","Due":"04/03/2%","Effort":"1,%","Owner":"T%",`+
			`"Release":"S%","Tags":"soft %","Urgent":"p%"}`, ","))},
		{"lists", list(most(9_000, size, `{"Tags":["a%","b%","c%"],"Crew":["T%","U%"]}`, ","))},
		{"deep", list(most(200, size, `{"Name":`+nested(200, "[", "1", "]")+`}`, ","))},
		{"deeper", list(`{"Name":` + nested(min(size/2, 9_000), "[", "1", "]") + `}`)},
		{"text", quote(list(fill(size*8/10, `{"unknown %":1}`, ",")))},
		{"text in rows", list(most(9_900, size, `"{\"Name\":1}"`, ","))},
	}
	for column, wrong := range map[string]string{"Status": "Dnoe", "Due": "04/03/2", "Effort": "1,2", "Owner": "Theo",
		"Release": "Sprin", "Tags": "softwear", "Urgent": "perhaps", "Crew": "Theo", "Depends on": "Gripr"} {
		all = append(all,
			shaped{"wrong " + column, list(most(9_900, size, `{"`+column+`":"`+wrong+`"}`, ","))},
			shaped{"wrong anew " + column, list(most(9_900, size, `{"`+column+`":"`+wrong+`%"}`, ","))},
			shaped{"long " + column, `[{"` + column + `":"` + strings.Repeat("x", size) + `"}]`},
			shaped{"many " + column, `[{"` + column + `":"` + strings.Repeat(wrong+",", size/(len(wrong)+1)) + `"}]`})
	}
	slices.SortFunc(all, func(a, b shaped) int { return strings.Compare(a.name, b.name) })
	return all
}

// fits is nearly as long as the argument may be, where that is less than a message.
func (a refusedArgument) fits() int {
	switch {
	case a.Name == "content", a.Name == "csv", a.Type == "array" && a.Name == "rows", a.Type == "object":
		return 240_000
	case a.Type == "array":
		return 60_000
	case a.Type == "string":
		return 15_000
	}
	return 90
}

// shapesOf are those of an argument: the ones of its own type, and others.
func shapesOf(a refusedArgument, size int) (own, others []shaped) {
	others = append(textShapes(size), otherShapes(size)...)
	switch {
	case a.Type == "object", a.Name == "":
		own = objectShapes(size)
	case a.Name == "rows" && a.Type == "array":
		own = append(rowShapes(size), listShapes(size)...)
	case a.Type == "array":
		own = listShapes(size)
	case a.Name == "csv":
		own = append(csvShapes(size), longShapes(size)...)
	case a.Name == "content":
		own = longShapes(size)
	}
	return own, others
}

// refusedCall is a call of a tool and what to call it; own is set where the shape is one of the argument's own type.
type refusedCall struct {
	name, tool, arguments string
	own                   bool
}

// with are the arguments of a call that succeeds, but for one.
func (t *refusedTool) with(a refusedArgument, value string) string {
	arguments := map[string]json.RawMessage{}
	maps.Copy(arguments, t.good)
	if a.Name == "csv" {
		delete(arguments, "rows")
	}
	arguments[a.Name] = json.RawMessage(value)
	var parts []string
	for _, n := range slices.Sorted(maps.Keys(arguments)) {
		parts = append(parts, quote(n)+":"+string(arguments[n]))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// calls yields the calls of a tool with an argument in each shape, beside those of a call that succeeds.
func (t *refusedTool) calls(a refusedArgument, whole int, yield func(refusedCall) bool) {
	for _, size := range []int{whole, a.fits()} {
		own, others := shapesOf(a, size)
		for i, s := range append(own, others...) {
			arguments := s.json
			if a.Name != "" {
				arguments = t.with(a, s.json)
			}
			if !yield(refusedCall{fmt.Sprintf("%s %d", s.name, size), t.name, arguments, size == whole && i <= len(own)}) {
				return
			}
		}
	}
}
