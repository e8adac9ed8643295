package wellknown

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// writeJSON answers GET with the document and HEAD with its headers alone.
func writeJSON(w http.ResponseWriter, r *http.Request, status int, document []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(document)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(document)
	}
}

// NotFound answers 404 as JSON: clients parse what they find at guessed paths, and HTML there has sent some astray.
func NotFound(w http.ResponseWriter, description string) {
	allowAnyOrigin(w.Header())
	Error(w, http.StatusNotFound, "not_found", description)
}

// Error answers with a JSON object in the shape of OAuth error responses (RFC 6749 §5.2).
func Error(w http.ResponseWriter, status int, code, description string) {
	body, _ := json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, description})
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}
