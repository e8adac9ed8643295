package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// modern is the first revision without sessions.
const modern = "2026-07-28"

// rpc [-modern] [-t TOKEN] METHOD [PARAMS] sends a JSON-RPC request to /mcp, with $TOKEN where none is given, as a
// client of 2025-11-25 does or, with -modern, as one of 2026-07-28 does.
func rpc(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg {
		return errNoNegation
	}
	token, isModern := ts.Getenv("TOKEN"), false
	for len(args) > 0 && args[0][0] == '-' {
		switch {
		case args[0] == "-modern":
			isModern, args = true, args[1:]
		case args[0] == "-t" && len(args) > 1:
			token, args = args[1], args[2:]
		default:
			return fmt.Errorf("unknown flag %s", args[0])
		}
	}
	if len(args) == 0 || len(args) > 2 {
		return errors.New("usage: rpc [-modern] [-t TOKEN] METHOD [PARAMS]")
	}
	params := map[string]any{}
	if len(args) == 2 {
		if err := json.Unmarshal([]byte(manyTimes(args[1])), &params); err != nil {
			return err
		}
	}
	head := http.Header{
		"Content-Type":         {"application/json"},
		"Accept":               {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {"2025-11-25"},
	}
	if isModern {
		params["_meta"] = map[string]any{
			"io.modelcontextprotocol/protocolVersion":    modern,
			"io.modelcontextprotocol/clientCapabilities": map[string]any{},
			"io.modelcontextprotocol/clientInfo":         map[string]any{"name": "script", "version": "1"},
		}
		head.Set("Mcp-Protocol-Version", modern)
		head.Set("Mcp-Method", args[0])
		if name, ok := params["name"].(string); ok {
			head.Set("Mcp-Name", name)
		}
	}
	if token != "" {
		head.Set("Authorization", "Bearer "+token)
	}
	message := map[string]any{"jsonrpc": "2.0", "id": 1, "method": args[0]}
	if len(params) > 0 {
		message["params"] = params
	}
	b, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return w.send(http.MethodPost, "/mcp", publicHost, head, string(b))
}

// many is @many(N|TEXT|BETWEEN): N times the text, in which % is the number, with what comes between.
var many = regexp.MustCompile(`@many\(([0-9]+)\|([^|]*)\|([^|)]*)\)`)

// manyTimes writes out what a script says shortly, for arguments that are large.
func manyTimes(text string) string {
	return many.ReplaceAllStringFunc(text, func(short string) string {
		m := many.FindStringSubmatch(short)
		n, _ := strconv.Atoi(m[1])
		all := make([]string, n)
		for i := range all {
			all[i] = strings.ReplaceAll(m[2], "%", strconv.Itoa(i))
		}
		return strings.Join(all, m[3])
	})
}

// remember VARIABLE PATTERN keeps what the pattern's group matches in the last answer.
func remember(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	a, err := w.answered()
	if err != nil || neg || len(args) != 2 {
		return errors.Join(err, errors.New("usage: remember VARIABLE PATTERN"))
	}
	pattern, err := regexp.Compile(args[1])
	if err != nil {
		return err
	}
	m := pattern.FindSubmatch(a.body)
	if len(m) != 2 {
		return fmt.Errorf("%s is not in %.800s", args[1], a.body)
	}
	ts.Setenv(args[0], string(m[1]))
	return nil
}

// call [-modern] [-t TOKEN] TOOL [ARGUMENTS] calls a tool.
func call(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	var flags []string
	for len(args) > 0 && args[0] != "" && args[0][0] == '-' {
		n := 1
		if args[0] == "-t" {
			n = 2
		}
		if len(args) < n {
			return errors.New("usage: call [-modern] [-t TOKEN] TOOL [ARGUMENTS]")
		}
		flags, args = append(flags, args[:n]...), args[n:]
	}
	if len(args) == 0 || len(args) > 2 {
		return errors.New("usage: call [-modern] [-t TOKEN] TOOL [ARGUMENTS]")
	}
	arguments := "{}"
	if len(args) == 2 {
		arguments = args[1]
	}
	return rpc(w, ts, neg, append(flags, "tools/call", fmt.Sprintf(`{"name":%q,"arguments":%s}`, args[0], arguments)))
}
