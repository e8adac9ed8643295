package trace

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// settings are how spans are sent, as the configuration and the OTEL_* variables say.
type settings struct {
	url     string
	header  http.Header
	timeout time.Duration
}

// settingsOf is nil where nobody wants spans.
func settingsOf(cfg Config) (*settings, error) {
	env := func(name string) string {
		value, _ := cfg.Env(name)
		return strings.TrimSpace(value)
	}
	if strings.EqualFold(env("OTEL_SDK_DISABLED"), "true") || strings.EqualFold(env("OTEL_TRACES_EXPORTER"), "none") {
		return nil, nil
	}
	target := env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	if base := cmp.Or(cfg.Endpoint, env("OTEL_EXPORTER_OTLP_ENDPOINT")); cfg.Endpoint != "" || target == "" {
		if base == "" {
			return nil, nil
		}
		target = base
		if !strings.HasSuffix(strings.TrimRight(base, "/"), "/v1/traces") {
			target = strings.TrimRight(base, "/") + "/v1/traces"
		}
	}
	if u, err := url.Parse(target); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("tracing: the endpoint is not an http or https URL; write one as in http://collector:4318")
	}
	s := &settings{url: target, header: http.Header{}, timeout: 10 * time.Second}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
		for pair := range strings.SplitSeq(env(name), ",") {
			if key, value, ok := strings.Cut(pair, "="); ok {
				if plain, err := url.PathUnescape(strings.TrimSpace(value)); err == nil {
					s.header.Set(strings.TrimSpace(key), plain)
				}
			}
		}
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"} {
		if ms, err := strconv.Atoi(env(name)); err == nil && ms > 0 {
			s.timeout = time.Duration(ms) * time.Millisecond
		}
	}
	if protocol := cmp.Or(env("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), env("OTEL_EXPORTER_OTLP_PROTOCOL"),
		"http/protobuf"); protocol != "http/protobuf" {
		return nil, fmt.Errorf("tracing: OTEL_EXPORTER_OTLP_PROTOCOL is %q, but spans are sent only as http/protobuf; "+
			"point the endpoint at the collector's HTTP port, usually 4318", protocol)
	}
	return s, nil
}
