package mcphttp

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// JSON-RPC error codes: those of the specification, and two of the range that it leaves to servers (§5.1).
const (
	CodeParseError     = jsonrpc.CodeParseError
	CodeInvalidRequest = jsonrpc.CodeInvalidRequest
	CodeMethodNotFound = jsonrpc.CodeMethodNotFound
	CodeInvalidParams  = jsonrpc.CodeInvalidParams
	CodeInternal       = jsonrpc.CodeInternalError
	CodeUnauthorized   = -32001
	CodeForbidden      = -32003
)

var (
	contentTypeJSON = []string{"application/json"}
	noTransform     = []string{"no-cache, no-transform"}
	noStore         = []string{"no-store"}
)

// WriteError answers with a JSON-RPC error; id is raw JSON, or nil where it is not known.
func WriteError(w http.ResponseWriter, status int, id []byte, code int64, message string) {
	writeError(w, status, id, &jsonrpc.Error{Code: code, Message: message})
}

// WriteRefusal is WriteError with the id by which people tell their administrator of it, as data; empty = none.
func WriteRefusal(w http.ResponseWriter, status int, id []byte, message, attempt string) {
	e := &jsonrpc.Error{Code: CodeUnauthorized, Message: message}
	if attempt != "" && isPlain(attempt) && isPlain(message) && isWord(id) {
		e.Data = []byte(`{"attempt":"` + attempt + `","tell":"tell your administrator ` + attempt + `"}`)
		WriteDocument(w, status, appendError(id, e))
		return
	}
	if attempt != "" {
		e.Data, _ = json.Marshal(tellAdministrator{attempt, "tell your administrator " + attempt})
	}
	writeError(w, status, id, e)
}

// tellAdministrator is the data of a refusal.
type tellAdministrator struct {
	Attempt string `json:"attempt"`
	Tell    string `json:"tell"`
}

// maxMessage bounds an error's text in bytes: the SDK quotes names and arguments of any length in it.
const maxMessage = 1000

func writeError(w http.ResponseWriter, status int, id []byte, e *jsonrpc.Error) {
	WriteDocument(w, status, encodeError(id, brief(e)))
}

// brief is an error with a text of no more than maxMessage bytes as they are written.
func brief(e *jsonrpc.Error) *jsonrpc.Error {
	if len(e.Message) <= maxMessage/6 && len(e.Data) <= maxMessage {
		return e
	}
	short := *e
	written := 0
	for i, r := range e.Message {
		switch {
		case r < ' ' || r == '<' || r == '>' || r == '&' || r == utf8.RuneError || r == '\u2028' || r == '\u2029':
			written += 6
		case r == '"' || r == '\\':
			written += 2
		default:
			written += utf8.RuneLen(r)
		}
		if written > maxMessage {
			short.Message = strings.ToValidUTF8(e.Message[:i], "") + "…"
			break
		}
	}
	if len(e.Data) > maxMessage {
		short.Data = nil
	}
	return &short
}

// EncodeError is the body that [WriteError] writes.
func EncodeError(id []byte, code int64, message string) []byte {
	return encodeError(id, &jsonrpc.Error{Code: code, Message: message})
}

func encodeError(id []byte, e *jsonrpc.Error) []byte {
	if len(e.Data) == 0 && isPlain(e.Message) && isWord(id) {
		return appendError(id, e)
	}
	if len(id) == 0 {
		id = []byte("null")
	}
	body, _ := json.Marshal(struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   *jsonrpc.Error  `json:"error"`
	}{"2.0", id, e})
	return append(body, '\n')
}

// appendError writes what encoding/json would, where nothing needs an escape: strangers have it done at every request.
func appendError(id []byte, e *jsonrpc.Error) []byte {
	b := make([]byte, 0, 96+len(id)+len(e.Message)+len(e.Data))
	b = append(b, `{"jsonrpc":"2.0","id":`...)
	if len(id) == 0 {
		b = append(b, "null"...)
	}
	b = append(b, id...)
	b = append(b, `,"error":{"code":`...)
	b = strconv.AppendInt(b, e.Code, 10)
	b = append(b, `,"message":"`...)
	b = append(b, e.Message...)
	b = append(b, '"')
	if len(e.Data) > 0 {
		b = append(append(b, `,"data":`...), e.Data...)
	}
	return append(b, "}}\n"...)
}

// isPlain says that text stands for itself in a JSON string.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

// isWord says of JSON that it is none, or null or a whole number, as most ids are.
func isWord(raw []byte) bool {
	for _, c := range raw {
		if c < '0' || c > '9' {
			return string(raw) == "null"
		}
	}
	return true
}

// WriteDocument answers with JSON that nobody may keep.
func WriteDocument(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = contentTypeJSON
	h["Cache-Control"] = noStore
	w.WriteHeader(status)
	w.Write(body)
}
