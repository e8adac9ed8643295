package build

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// whoami calls a tool that reads.
func whoami(ctx context.Context, client *http.Client, endpoint, token string) (map[string]any, error) {
	return callTool(ctx, client.Do, endpoint, token, "coda_whoami", map[string]any{})
}

// callTool calls a tool that is to succeed, and returns the structured half of its answer.
func callTool(ctx context.Context, do func(*http.Request) (*http.Response, error), endpoint, token, tool string,
	arguments map[string]any) (map[string]any, error) {
	message, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call",
		"params": map[string]any{"name": tool, "arguments": arguments}})
	if err != nil {
		return nil, err
	}
	status, body, err := post(ctx, do, endpoint, token, string(message))
	if err != nil {
		return nil, err
	}
	var answer struct {
		Result *struct {
			IsError           bool           `json:"isError"`
			StructuredContent map[string]any `json:"structuredContent"`
		} `json:"result"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || status != 200 || answer.Result == nil || answer.Result.IsError {
		return nil, fmt.Errorf("%d %s", status, body)
	}
	return answer.Result.StructuredContent, nil
}

// post sends a message.
func post(ctx context.Context, do func(*http.Request) (*http.Response, error), endpoint, token, message string) (
	status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(message))
	if err != nil {
		return 0, nil, err
	}
	req.Header = headers(token)
	resp, err := do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

func headers(token string) http.Header {
	return http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
		"Authorization": {"Bearer " + token},
	}
}
