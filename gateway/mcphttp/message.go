package mcphttp

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bestviable/coda-gateway/gateway/call"
)

// Kind tells a request from a notification and a response.
type Kind int

// The kinds of a JSON-RPC message.
const (
	Request Kind = iota
	Notification
	Response
)

// Message is one JSON-RPC message, and what the gateway needs to know of it before the MCP server sees it: the
// method, the tool, the protocol version and whether progress was asked for.
//
// Reading is stricter than that of the server behind it on purpose. Both must read the same message the same way, or
// a rule that holds for what the gateway saw could be passed by what the server executes: names are compared
// case-sensitively after unescaping; duplicate names, invalid UTF-8, batches and trailing data are refused.
type Message struct {
	Kind Kind
	// ID is the raw JSON of a request's id (a string or a number); nil otherwise.
	ID []byte
	// Method is the JSON-RPC method; empty for a response.
	Method string
	// Name is what the method is about: `params.name` of tools/call and prompts/get, `params.uri` of resources/read.
	Name string
	// Version is `params._meta["io.modelcontextprotocol/protocolVersion"]` (2026-07-28 and later); empty where absent.
	Version string
	// Progress says whether `params._meta.progressToken` is there.
	Progress bool
	// Capable says whether `params._meta["io.modelcontextprotocol/clientCapabilities"]` is an object, as it must be
	// with a Version.
	Capable bool
	// Trace is the trace that `params._meta` says the message belongs to (SEP-414).
	Trace call.Trace
	// Bare says whether params hold nothing but `_meta`, or are absent: the request then depends on nothing else.
	Bare bool
	// Asked is `params.protocolVersion` of initialize.
	Asked string
	// Params are the raw params where they are an object; they alias Raw.
	Params []byte
	// call is what [toolCalls] makes of a tools/call without reading its params again.
	call callParams
	// Raw is the message as it came.
	Raw []byte
	// held is the room that Raw takes.
	held *held
}

// Done gives back the room that the message takes. Call it when the request ends.
func (m *Message) Done() { m.held.release() }

// callParams are the raw members of the params of tools/call; they alias the message. nil = absent.
type callParams struct {
	Arguments, Meta, InputResponses, RequestState []byte
	// at is where the params and the arguments begin in the message.
	at struct{ params, arguments int }
	// Capabilities and Client are the members of `_meta` by which a client of 2026-07-28 and later describes itself.
	Capabilities, Client []byte
	// Odd says that there is more in the params, or in what describes the client, than these.
	Odd bool
}

// describing is how much the client says of itself, in bytes.
func (p *callParams) describing() int { return len(p.Capabilities) + len(p.Client) }

// messageError is a message that cannot be served. Its text is safe to send: it never quotes the message.
type messageError struct {
	// Code is the JSON-RPC error code.
	Code int64
	// Message says what is wrong and what is expected.
	Message string
	// ID is the raw id where it was read before the fault; nil otherwise.
	ID []byte
}

func (e *messageError) Error() string { return e.Message }

var decoders = sync.Pool{New: func() any { return new(reader) }}

// reader keeps a decoder and its buffer together, so that a message is read without copying it.
type reader struct {
	body []byte
	buf  bytes.Buffer
	dec  jsontext.Decoder
}

// release gives the reader back without holding on to the body.
func (r *reader) release() {
	r.body, r.buf = nil, bytes.Buffer{}
	r.dec.Reset(&r.buf)
	decoders.Put(r)
}

// parse reads one JSON-RPC message. The error, if any, is an [*messageError].
//
// MCP 2026-07-28, basic: "All messages between MCP clients and servers MUST follow the JSON-RPC 2.0 specification."
func parse(body []byte) (Message, error) {
	r := decoders.Get().(*reader)
	defer r.release()
	r.body, r.buf = body, *bytes.NewBuffer(body)
	r.dec.Reset(&r.buf)
	if too := holdsTooMany(body); too != "" {
		return Message{}, invalid("the message contains " + too + "; send it in smaller parts")
	}
	m, err := r.message()
	m.Raw = body
	if err != nil {
		var e *messageError
		if !errors.As(err, &e) {
			e = &messageError{Code: CodeParseError, Message: "the body is not valid JSON: " + describe(err)}
		}
		// JSON-RPC 2.0, 5: the id of what cannot be parsed is null, even where something like one was seen in it.
		if e.ID = m.ID; len(e.ID) > maxName || e.Code == CodeParseError {
			e.ID = nil
		}
		return Message{}, e
	}
	return m, nil
}

// maxEnvelope bounds what a message holds beside the arguments of a tool. Nothing else needs to be large, and the
// server reads it several times over and quotes it in errors.
const maxEnvelope = 128 << 10

// envelope is how large a message is without what may be as large as a message may be.
func (m *Message) envelope() int {
	if m.Method != "tools/call" {
		return len(m.Raw)
	}
	return len(m.Raw) - len(m.call.Arguments)
}

// describe gives the place of a syntax error without the decoder's quotation of the input.
func describe(err error) string {
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return "an object has the same name twice"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	case errors.As(err, &syntactic):
		return syntactic.Err.Error()
	default:
		return "it cannot be read"
	}
}

func invalid(message string) *messageError {
	return &messageError{Code: CodeInvalidRequest, Message: message}
}

func (r *reader) message() (m Message, err error) {
	d := &r.dec
	switch d.PeekKind() {
	case '{':
	case '[':
		return m, invalid("JSON-RPC batches are not supported: send one message per request")
	case 0:
		if _, err := d.ReadToken(); errors.Is(err, io.EOF) {
			return m, invalid("the body is empty: send one JSON-RPC message")
		} else if err != nil {
			return m, err
		}
	default:
		return m, invalid("the body must be one JSON-RPC message, a JSON object")
	}

	m.Bare = true
	var uri string
	var version, hasMethod, hasAnswer bool
	err = object(d, func(name []byte) error {
		switch string(name) {
		case "jsonrpc":
			v, err := d.ReadValue()
			version = string(v) == `"2.0"`
			return err
		case "id":
			v, err := d.ReadValue()
			if err != nil {
				return err
			}
			if k := v.Kind(); k != '"' && k != '0' {
				return invalid("id must be a string or a number")
			}
			m.ID = bytes.Clone(v)
			return nil
		case "method":
			hasMethod = true
			return text(d, &m.Method)
		case "params":
			return r.params(&m, &uri)
		case "result", "error":
			hasAnswer = true
		}
		return d.SkipValue()
	})
	if err != nil {
		return m, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return m, invalid("something follows the JSON-RPC message")
	}
	switch {
	case !version:
		return m, invalid(`the member jsonrpc must be "2.0"`)
	case hasMethod && hasAnswer:
		return m, invalid("a message is a request or a response, not both")
	case hasMethod && m.ID == nil:
		m.Kind = Notification
	case hasMethod:
		m.Kind = Request
	case hasAnswer:
		m.Kind = Response
	default:
		return m, invalid("the member method is missing")
	}
	if hasMethod && m.Method == "" {
		return m, invalid("method must be a non-empty string")
	}
	switch m.Method {
	case "tools/call", "prompts/get":
	case "resources/read":
		m.Name = uri
	default:
		m.Name = ""
	}
	if m.Method != "initialize" {
		m.Asked = ""
	}
	return m, nil
}

// params reads both members that may name something; which one does is for the method to say, and that may come
// later.
func (r *reader) params(m *Message, uri *string) error {
	d := &r.dec
	switch d.PeekKind() {
	case '{':
	case 'n':
		m.Bare = false
		return d.SkipValue()
	default:
		// The server would quote all of it, after work that grows with its length.
		if err := d.SkipValue(); err != nil {
			return err
		}
		return &messageError{Code: CodeInvalidParams, Message: "params must be an object"}
	}
	start := d.InputOffset()
	err := object(d, func(key []byte) error {
		switch string(key) {
		case "_meta":
			return r.raw(&m.call.Meta, func() error { return r.meta(m) })
		case "arguments":
			m.Bare = false
			err := r.raw(&m.call.Arguments, d.SkipValue)
			m.call.at.arguments = r.began(m.call.Arguments)
			return err
		case "inputResponses":
			m.Bare = false
			return r.raw(&m.call.InputResponses, d.SkipValue)
		case "requestState":
			m.Bare = false
			return r.raw(&m.call.RequestState, d.SkipValue)
		case "name":
			m.Bare = false
			return text(d, &m.Name)
		case "uri":
			m.Bare = false
			return text(d, uri)
		case "protocolVersion":
			m.Bare = false
			return text(d, &m.Asked)
		}
		m.Bare, m.call.Odd = false, true
		return d.SkipValue()
	})
	if err != nil {
		return err
	}
	m.Params = r.since(start)
	m.call.at.params = r.began(m.Params)
	return nil
}

// raw notes the raw JSON of the value that read reads.
func (r *reader) raw(into *[]byte, read func() error) error {
	start := r.dec.InputOffset()
	err := read()
	*into = r.since(start)
	return err
}

// since is the value that was read from there on, without what separates it from what stands before.
func (r *reader) since(start int64) []byte {
	return bytes.TrimLeft(r.body[start:r.dec.InputOffset()], ": \t\r\n")
}

// began is where a value begins that was read last.
func (r *reader) began(value []byte) int { return int(r.dec.InputOffset()) - len(value) }

func (r *reader) meta(m *Message) error {
	d := &r.dec
	if d.PeekKind() != '{' {
		m.call.Odd = true
		return d.SkipValue()
	}
	return object(d, func(key []byte) error {
		switch string(key) {
		case versionKey:
			return text(d, &m.Version)
		case "progressToken":
			k := d.PeekKind()
			m.Progress = k == '"' || k == '0'
		case capabilitiesKey:
			m.Capable = d.PeekKind() == '{'
			return r.raw(&m.call.Capabilities, d.SkipValue)
		case clientKey:
			return r.raw(&m.call.Client, d.SkipValue)
		case logLevelKey:
			m.call.Odd = true
		case "traceparent", "tracestate":
			if d.PeekKind() == '"' {
				if string(key) == "traceparent" {
					return text(d, &m.Trace.Parent)
				}
				return text(d, &m.Trace.State)
			}
		}
		return d.SkipValue()
	})
}

// object calls member with each unescaped name; member reads the value.
func object(d *jsontext.Decoder, member func(name []byte) error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		raw, err := d.ReadValue()
		if err != nil {
			return err
		}
		name := raw[1 : len(raw)-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			if name, err = jsontext.AppendUnquote(nil, raw); err != nil {
				return err
			}
		}
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// text reads a string into s; any other value leaves s empty, for the server to refuse.
func text(d *jsontext.Decoder, s *string) error {
	raw, err := d.ReadValue()
	if err != nil || raw.Kind() != '"' {
		return err
	}
	if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 {
		*s = string(plain)
		return nil
	}
	unquoted, err := jsontext.AppendUnquote(nil, raw)
	*s = string(unquoted)
	return err
}

// maxValues bounds what a message holds. It is more than any tool takes, and less than what costs more to decode than
// to refuse: millions of numbers fit into [MaxBody].
const maxValues = 100_000

// maxNames bounds what one object holds: to find a name that is there twice takes a list of those before.
const maxNames = 2_000

// maxLevels is how deep objects are told apart; what is deeper counts together.
const maxLevels = 128

// holdsTooMany counts values and names without decoding any, and says of what there is too much. Whether the body is
// valid JSON is for others to say.
func holdsTooMany(body []byte) string {
	if len(body) <= 4*maxNames {
		return ""
	}
	values, level := 0, 0
	var names [maxLevels]int
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case ',':
			values++
		case '[', '{':
			values++
			if level++; level > 0 && level < maxLevels {
				names[level] = 0
			}
		case ']', '}':
			level--
		case ':':
			at := min(max(level, 0), maxLevels-1)
			if names[at]++; names[at] > maxNames && at == maxLevels-1 {
				return "more than 2,000 names nested 127 deep or deeper"
			} else if names[at] > maxNames {
				return "an object with more than 2,000 names"
			}
		case '"':
			i = closingQuote(body, i+1)
		}
	}
	if values > maxValues {
		return "more than 100,000 values"
	}
	return ""
}

// closingQuote is where the string ends whose content begins at i.
func closingQuote(body []byte, i int) int {
	quote := bytes.IndexByte(body[i:], '"')
	if quote < 0 {
		return len(body)
	}
	escape := bytes.IndexByte(body[i:i+quote], '\\')
	if escape < 0 {
		return i + quote
	}
	// Where one character is escaped most may be: a step for each is then cheaper than a search.
	for i += escape; i < len(body); i++ {
		switch body[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return len(body)
}
