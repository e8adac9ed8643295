package config

import (
	"fmt"
	"net/url"
	"strings"
)

type tracingFile struct {
	Endpoint collectorURL `key:"endpoint" default:"\"\"" flags:"empty" example:"http://127.0.0.1:4318" doc:"The URL of a collector for OTLP over HTTP; /v1/traces is appended. \"\" = as the variables OTEL_EXPORTER_OTLP_* say, or nowhere. A change needs a restart."`
}

// collectorURL is where spans are sent: http or https, since collectors stand in private networks.
type collectorURL string

// UnmarshalText checks the scheme and the host.
func (c *collectorURL) UnmarshalText(text []byte) error {
	raw := string(text)
	u, err := url.Parse(raw)
	switch {
	case raw == "":
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%s is not an absolute URL; write it as in http://127.0.0.1:4318", quote(raw))
	case u.User != nil:
		return fmt.Errorf("contains a user name or a password; put the collector's credentials into " +
			"OTEL_EXPORTER_OTLP_HEADERS")
	case u.RawQuery != "" || strings.Contains(raw, "#"):
		return fmt.Errorf("%s has a query or a fragment; remove it", quote(raw))
	}
	*c = collectorURL(raw)
	return nil
}

// MarshalText gives it as written.
func (c collectorURL) MarshalText() ([]byte, error) { return []byte(c), nil }

func (collectorURL) pattern() string { return `^https?://[^\s/?#@]+(/[^\s?#]*)?$` }
