package walktest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// answer takes a section that is an answer.
func (w *World) answer(name, text string) error {
	words := strings.Fields(name)
	if len(words) < 3 {
		return fmt.Errorf("an answer is named HOST METHOD PATH [condition…]")
	}
	h := w.hostNamed(words[0])
	a := Answer{Method: words[1], Path: words[2], Header: http.Header{}}
	patch := false
	for _, c := range words[3:] {
		key, value, _ := strings.Cut(c, "=")
		switch key {
		case "agent":
			a.ByAgent, a.Agent = true, value
		case "token":
			a.Token = true
		case "authorized":
			a.Authorized = true
		case "session":
			a.Session = true
		case "empty":
			a.Empty = true
		case "accept":
			a.Accept = value
		case "rpc":
			a.RPC = value
		case "patch":
			patch = true
		default:
			return fmt.Errorf("no condition %s", c)
		}
	}
	if patch {
		return h.patch(a, text)
	}
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	a.Body = body
	switch lines[0] {
	case "remove":
		h.Answers = slices.DeleteFunc(h.Answers, func(b Answer) bool { return b.Method == a.Method && b.Path == a.Path })
		return nil
	case "drop":
		a.Drop = true
	default:
		var err error
		if a.Status, err = strconv.Atoi(lines[0]); err != nil {
			return fmt.Errorf("the first line is no status: %w", err)
		}
	}
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return fmt.Errorf("%q is no header", line)
		}
		a.Header.Add(name, strings.TrimSpace(value))
	}
	h.Answers = append(h.Answers, a)
	return nil
}

// patch changes the JSON of an answer that is there (RFC 7396).
func (h *Host) patch(a Answer, text string) error {
	for i := range h.Answers {
		b := &h.Answers[i]
		if b.Method != a.Method || b.Path != a.Path {
			continue
		}
		var have, change map[string]any
		if err := json.Unmarshal([]byte(b.Body), &have); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &change); err != nil {
			return err
		}
		for k, v := range change {
			if v == nil {
				delete(have, k)
			} else {
				have[k] = v
			}
		}
		out, err := json.Marshal(have)
		b.Body = string(out)
		return err
	}
	return fmt.Errorf("there is no such answer to patch")
}
