package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/bestviable/coda-gateway/gateway/token"
)

// WriteYAML writes the effective configuration in the file's own format: every key, defaults and presets filled in,
// secrets as ***, always in the same order.
func (c *Config) WriteYAML(w io.Writer) error {
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(encode(reflect.ValueOf(c.File))); err != nil {
		return fmt.Errorf("write the effective configuration: %w", err)
	}
	return enc.Close()
}

// Redacted is what [Config.WriteYAML] writes.
func (c *Config) Redacted() ([]byte, error) {
	var b bytes.Buffer
	err := c.WriteYAML(&b)
	return b.Bytes(), err
}

// String is the effective configuration without secrets.
func (c Config) String() string {
	text, err := c.Redacted()
	if err != nil {
		return "config: " + err.Error()
	}
	return string(text)
}

// Format prints the effective configuration without secrets for every verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue is the effective configuration without secrets.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalYAML is the effective configuration without secrets.
func (c Config) MarshalYAML() (any, error) { return encode(reflect.ValueOf(c.File)), nil }

// MarshalJSON is the effective configuration without secrets, with the file's names.
func (c Config) MarshalJSON() ([]byte, error) {
	var v any
	if err := encode(reflect.ValueOf(c.File)).Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// shown is the file with what is in effect instead of what was written: presets merged, tool sets in order, and no
// secret.
func (c *Config) shown(f File) File {
	f.Issuers = convert(c.Issuers, issuerAsFile)
	f.Coda.BaseURL, f.Coda.ToolSets = serviceURL(c.Coda.BaseURL), c.Coda.ToolSets
	redact(reflect.ValueOf(&f).Elem())
	return f
}

// redact puts *** in the place of every secret that is there.
func redact(v reflect.Value) {
	if v.Type() == reflect.TypeFor[secretText]() {
		if v.String() != "" {
			v.SetString(redacted)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fresh := reflect.New(v.Type().Elem())
			fresh.Elem().Set(v.Elem())
			redact(fresh.Elem())
			v.Set(fresh)
		}
	case reflect.Struct:
		if isSection(v.Type()) {
			for i := range v.NumField() {
				redact(v.Field(i))
			}
		}
	case reflect.Slice:
		if elem := v.Type().Elem(); elem.Kind() != reflect.Struct && elem != reflect.TypeFor[secretText]() {
			return
		}
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		for i := range fresh.Len() {
			redact(fresh.Index(i))
		}
		v.Set(fresh)
	}
}

func issuerAsFile(i token.Issuer) issuerFile {
	paths := func(list []token.Path) *[]claimPath {
		out := convert(list, func(p token.Path) claimPath { return claimPath{p} })
		return &out
	}
	required := requirementsAsFile(i.RequiredClaims)
	algorithms := as[algorithm](i.Algorithms)
	typ := tokenType(i.TokenType)
	f := issuerFile{
		URL: issuerURL(i.URL), Provider: provider(i.Provider), JWKSURI: fetchedURL(i.JWKSURI),
		Tenants: as[tenant](i.Tenants), DiscoveryURL: fetchedURL(i.DiscoveryURL), SignIn: signIn(i.SignIn),
		ScopePrefix: scopePrefix(i.ScopePrefix), CAFile: filePath(i.CAFile), AllowHTTP: i.AllowHTTP,
		RequireVerifiedEmail: i.RequireVerifiedEmail,
		Audiences:            &i.Audiences, ClientIDs: &i.ClientIDs, AllowMissingAudience: &i.AllowMissingAudience,
		AllowIDTokens: &i.AllowIDTokens,
		Algorithms:    &algorithms, TokenType: &typ, RequiredClaims: &required,
		Claims: claimsFile{
			Subject: paths(i.Claims.Subject),
			Scopes:  paths(i.Claims.Scopes), Roles: paths(i.Claims.Roles), Groups: paths(i.Claims.Groups),
			ClientID: paths(i.Claims.ClientID), Email: paths(i.Claims.Email), Name: paths(i.Claims.Name),
		},
	}
	if !i.NotBefore.IsZero() {
		at := instant(i.NotBefore)
		f.NotBefore = &at
	}
	if in := i.Introspection; in != nil {
		f.Introspection = &introspectionFile{ClientID: in.ClientID, Endpoint: fetchedURL(in.Endpoint),
			Auth: clientAuth(in.Auth), Always: in.Always, Opaque: in.Opaque}
		if in.ClientSecret != "" {
			f.Introspection.ClientSecret = redacted
		}
		if in.PrivateKey != "" {
			f.Introspection.PrivateKey = redacted
		}
	}
	return f
}

func requirementsAsFile(r token.Requirements) map[string]claimValues {
	out := map[string]claimValues{}
	for claim, values := range r {
		out[claim] = convert(values, func(v any) claimValue { return claimValue{v} })
	}
	return out
}

func as[T ~string](list []string) []T {
	return convert(list, func(s string) T { return T(s) })
}

// encode is the way back of the decoder.
func encode(v reflect.Value) *yaml.Node {
	switch value := v.Interface().(type) {
	case secretText:
		return textNode(string(value))
	case claimValue:
		return claimNode(value.any)
	case percent:
		return intNode(int(value))
	case places:
		return intNode(int(value))
	case callRate:
		if value.Requests == 0 {
			return intNode(0)
		}
		return textNode(value.String())
	case encoding.TextMarshaler:
		if v.Kind() != reflect.Pointer {
			text, err := value.MarshalText()
			if err != nil {
				panic(fmt.Sprintf("config: %v", err))
			}
			return textNode(string(text))
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
		}
		return encode(v.Elem())
	case reflect.Bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(v.Bool())}
	case reflect.String:
		return textNode(v.String())
	case reflect.Struct:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, f := range fieldsOf(v.Type()) {
			at := v.Field(f.index)
			if isOpen(v.Type(), at) {
				continue // an empty condition reads as if it could never hold
			}
			if at.Kind() == reflect.String && at.Len() == 0 && !f.emptyOK {
				continue // it is absent, and could not be written
			}
			n.Content = append(n.Content, textNode(f.key), encode(at))
		}
		return n
	case reflect.Slice:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			n.Content = append(n.Content, encode(v.Index(i)))
		}
		return inline(n)
	case reflect.Map:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range slices.SortedFunc(maps.Keys(keyed(v)), strings.Compare) {
			n.Content = append(n.Content, textNode(key), encode(keyed(v)[key]))
		}
		return inline(n)
	}
	panic("config: no form for " + v.Type().String())
}

// isOpen tells of a list of a grant that means everything where it is absent, and nothing where it is empty.
func isOpen(of reflect.Type, list reflect.Value) bool {
	switch of {
	case reflect.TypeFor[whenFile](), reflect.TypeFor[lentWhen](),
		reflect.TypeFor[grantFile](), reflect.TypeFor[hideFile]():
		return (list.Kind() == reflect.Slice || list.Kind() == reflect.Map) && list.Len() == 0
	}
	return false
}

func keyed(v reflect.Value) map[string]reflect.Value {
	out := make(map[string]reflect.Value, v.Len())
	for iter := v.MapRange(); iter.Next(); {
		out[iter.Key().String()] = iter.Value()
	}
	return out
}

// inline writes a list of scalars, and an empty list or mapping, on one line.
func inline(n *yaml.Node) *yaml.Node {
	for _, child := range n.Content {
		if child.Kind != yaml.ScalarNode || n.Kind == yaml.MappingNode {
			return n
		}
	}
	n.Style = yaml.FlowStyle
	return n
}

// textNode quotes what another reader of YAML could take for something else than text.
func textNode(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	plain := text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) })
	if plain {
		var trial yaml.Node
		if err := trial.Encode(text); err == nil {
			n.Style = trial.Style
		}
		plain = !strings.ContainsAny(text[:1], "*&!|>%@`'\"#?-,[]{}") || text[0] == '-' && len(text) > 1 && text[1] != ' '
	}
	if !plain {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func intNode(n int) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(n)}
}

func claimNode(v any) *yaml.Node {
	switch v := v.(type) {
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(v)}
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.String()}
	}
	return textNode(fmt.Sprint(v))
}
