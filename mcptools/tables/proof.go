package tables

import (
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

// tellProof says what a look at the effect has shown.
func tellProof(proof *coda.RowsProof) string {
	var b strings.Builder
	if proof.AsMeant > 0 {
		fmt.Fprintf(&b, " Checked afterwards: %s as written.", kit.Plural(proof.AsMeant, "row"))
	}
	tellOtherwise(&b, proof)
	if n := len(proof.Gone); n > 0 {
		fmt.Fprintf(&b, " %s meanwhile: %s.", map[bool]string{true: "1 row was deleted", false: kit.Thousands(n) +
			" rows were deleted"}[n == 1],
			kit.Clip(strings.Join(proof.Gone, ", "), 500))
	}
	if n := len(proof.PossiblyNew); n > 0 {
		fmt.Fprintf(&b, " %s possibly new, added because a row with this key was renamed or deleted at the same time, or "+
			"by somebody else: %s. "+
			"If they are not wanted, coda_delete_rows deletes them; ask the person first.",
			map[bool]string{true: "1 row is", false: kit.Thousands(n) + " rows are"}[n == 1],
			kit.Clip(strings.Join(proof.PossiblyNew, ", "), 1000))
	}
	return b.String()
}

// tellOtherwise says what rows hold that do not hold what was written.
func tellOtherwise(b *strings.Builder, proof *coda.RowsProof) {
	for _, r := range proof.Retyped {
		fmt.Fprintf(b, " Column %s was text before and is of type %s now: Coda sets the type of a new column "+
			"by its first values.",
			kit.Clip(kit.OneLine(r.Column.Name), 60), r.Type)
		for _, cell := range r.Cells[:min(len(r.Cells), mostToldSteps)] {
			fmt.Fprintf(b, " %s is stored as %s (row %s).", shownValue(cell.Sent), shownValue(cell.Holds), cell.Row)
		}
		b.WriteString(" To store text, let a person make it a text column in Coda, then write it again.")
	}
	n := len(proof.Unlike)
	if n == 0 {
		return
	}
	fmt.Fprintf(b, " %s not hold these values, because somebody else changed them at the same time, or Coda "+
		"stored a value differently: %s.",
		map[bool]string{true: "1 row does", false: kit.Thousands(n) + " rows do"}[n == 1],
		kit.Clip(strings.Join(proof.Unlike, ", "), 500))
	skipped := false
	for _, cell := range proof.Otherwise[:min(len(proof.Otherwise), mostToldSteps)] {
		fmt.Fprintf(b, " In %s, column %s, %s was stored as %s.", cell.Row, kit.Clip(kit.OneLine(cell.Column.Name), 60),
			shownValue(cell.Sent), shownValue(cell.Holds))
		skipped = skipped || cell.Skipped
	}
	if skipped {
		b.WriteString(" Coda does that with times that the doc's time zone skips when clocks go forward; " +
			"write an offset (-05:00) to be exact.")
	}
	b.WriteString(" coda_get_row shows them.")
}

func shownValue(text string) string {
	if text == "" {
		return "nothing"
	}
	return near.Sprintf("%q", kit.Clip(kit.OneLine(text), 80))
}
