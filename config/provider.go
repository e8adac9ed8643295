package config

import (
	"errors"
	"strings"

	providers "github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// provider names a preset of [token.Preset].
type provider string

func (provider) values() []string { return providers.Names() }

// UnmarshalText takes the name of a preset.
func (p *provider) UnmarshalText(text []byte) error {
	name := string(text)
	if strings.Contains(strings.ToLower(name), "google") {
		name = "google" // the preset's error tells why not, and what to do instead
	}
	if _, err := FindProvider(name); err != nil {
		return err
	}
	*p = provider(text)
	return nil
}

// FindProvider is [providers.Find] that says which provider may be meant by a name that is none's.
func FindProvider(name string) (*providers.Provider, error) {
	p, err := providers.Find(name)
	if unknown, ok := errors.AsType[*providers.UnknownError](err); ok && unknown.Meant == "" {
		unknown.Meant = nearest(name, providers.Names())
	}
	return p, err
}

// preset gives the defaults of a provider's issuers, those of the generic one where the name failed to decode.
func preset(name provider) token.Issuer {
	issuer, err := token.Preset(string(name))
	if err != nil {
		issuer, _ = token.Preset("generic")
	}
	return issuer
}
