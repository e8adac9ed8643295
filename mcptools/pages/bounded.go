package pages

import (
	"context"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Markdown comes from whoever writes a page, and a text of 200 KB can be written so that parsing it takes minutes:
// signs of emphasis are paired with all before them, brackets with all that are open, and each line looks at every
// quote and list that it may go on. So the parser spends from a budget that grows with the length of the text. Texts
// that people write take a fraction of it; where it is spent, or nobody waits any more, signs stay what they are.

const (
	// parseWork is what any text may cost, and parseWorkPerByte what each byte adds; one is about 10 ns.
	parseWork        = 1_000_000
	parseWorkPerByte = 4
	// mostLevels bounds quotes and lists within each other; a list and its item are two.
	mostLevels = 50
)

// budget is what parsing may still cost.
type budget struct {
	ctx  context.Context
	left int
	// spent is what was spent, and asked how often.
	spent, asked int
	// within is the block whose signs are read, and signs how many were.
	within ast.Node
	signs  int
}

// spend takes from the budget; false where nothing is left.
func (b *budget) spend(work int) bool {
	if b.asked++; b.asked%256 == 1 && b.ctx.Err() != nil {
		b.left = 0
	}
	if b.left < work {
		b.left = 0
		return false
	}
	b.left -= work
	b.spent += work
	return true
}

// sign spends what a sign may cost: a look at those before it and at the rest of its block.
func (b *budget) sign(block ast.Node) bool {
	if b.within != block {
		b.within, b.signs = block, 0
	}
	b.signs++
	length := 0
	if block.Type() == ast.TypeBlock {
		if lines := block.Lines(); lines.Len() > 0 {
			length = lines.At(lines.Len()-1).Stop - lines.At(0).Start
		}
	}
	return b.spend(b.signs + length/16)
}

// boundSign reads a sign as long as there is budget.
type boundSign struct {
	parser.InlineParser
	budget *budget
}

// Parse implements [parser.InlineParser].
func (p boundSign) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if !p.budget.sign(parent) {
		return nil
	}
	return p.InlineParser.Parse(parent, block, pc)
}

// boundLink is boundSign for links, which have something to do where a block ends.
type boundLink struct {
	boundSign
	parser.CloseBlocker
}

// boundLevel opens and goes on with quotes and lists as long as there is budget, and not too deep.
type boundLevel struct {
	parser.BlockParser
	budget *budget
}

// Open implements [parser.BlockParser].
func (p boundLevel) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	levels := 0
	for n := parent; n != nil; n = n.Parent() {
		levels++
	}
	if levels > mostLevels || !p.budget.spend(levels) {
		return nil, parser.NoChildren
	}
	return p.BlockParser.Open(parent, reader, pc)
}

// Continue implements [parser.BlockParser].
func (p boundLevel) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	line, _ := reader.PeekLine()
	blank := 0
	for blank < len(line) && (line[blank] == ' ' || line[blank] == '\t') {
		blank++
	}
	if !p.budget.spend(2 + blank/4) {
		return parser.Close
	}
	return p.BlockParser.Continue(node, reader, pc)
}

// boundReferences finds definitions of links, each of which moves the lines behind it.
type boundReferences struct{ budget *budget }

// Transform implements [parser.ParagraphTransformer].
func (p boundReferences) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := node.Lines()
	if first := lines.At(0); first.Value(reader.Source())[0] == '[' && p.budget.spend(lines.Len()*lines.Len()) {
		parser.LinkReferenceParagraphTransformer.Transform(node, reader, pc)
	}
}

func newBudget(ctx context.Context, length int) *budget {
	return &budget{ctx: ctx, left: parseWork + parseWorkPerByte*length}
}

// parser makes a parser of GitHub's Markdown that spends from the budget.
func (b *budget) parser() parser.Parser {
	var blocks, signs []util.PrioritizedValue
	for _, v := range parser.DefaultBlockParsers() {
		switch v.Priority {
		case 300, 400, 800: // lists, their items, quotes
			v.Value = boundLevel{v.Value.(parser.BlockParser), b}
		}
		blocks = append(blocks, v)
	}
	for _, v := range append(parser.DefaultInlineParsers(), util.Prioritized(extension.NewStrikethroughParser(), 500)) {
		bound := boundSign{v.Value.(parser.InlineParser), b}
		if ends, ok := v.Value.(parser.CloseBlocker); ok {
			v.Value = boundLink{bound, ends}
		} else {
			v.Value = bound
		}
		signs = append(signs, v)
	}
	return parser.NewParser(parser.WithBlockParsers(blocks...), parser.WithInlineParsers(signs...),
		parser.WithParagraphTransformers(util.Prioritized(boundReferences{b}, 100)))
}

// parse reads Markdown.
func (b *budget) parse(source []byte) ast.Node {
	return b.markdown().Parser().Parse(text.NewReader(source))
}

// markdown is GitHub's Markdown, which is what models write. Written as HTML, an image becomes a link, since Coda drops
// images from HTML, and tags stay text, as they do when Coda imports Markdown.
func (b *budget) markdown() goldmark.Markdown {
	m := goldmark.New(goldmark.WithParser(b.parser()),
		goldmark.WithExtensions(extension.Linkify, extension.Table, extension.TaskList))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(
		util.Prioritized(plainer{}, 100), util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500)))
	return m
}

// parseMarkdown reads Markdown within the budget for a text of its length.
func parseMarkdown(ctx context.Context, source []byte) ast.Node {
	return newBudget(ctx, len(source)).parse(source)
}
