package differential

import (
	"strings"
)

// headers are oddities of the header beside algorithm, key and type.
func headers() []*twist {
	return []*twist{
		good("header-jku", header("jku", `"https://evil.example/jwks.json"`)),
		good("header-x5u", header("x5u", `"https://evil.example/cert.pem"`)),
		good("header-jwk", func(d *draft) { set(&d.header, "jwk", string(must(d.g.stranger["ES256"].JWK().MarshalJSON()))) }),
		// A certificate is not looked at, but go-jose reads it.
		bad("header-x5c-none", header("x5c", `["bm90IGEgY2VydGlmaWNhdGU="]`)),
		good("header-x5t", header("x5t", `"not base64 at all"`)),
		good("header-extra", header("x-extra", `{"a":[1,null,{"b":"c"}]}`)),
		good("header-cty-other", header("cty", `"json"`)),
		bad("header-cty-jwt", header("cty", `"JWT"`)), bad("header-cty-jwt-lower", header("cty", `"jwt"`)),
		bad("header-crit", header("crit", `["exp"]`)), bad("header-crit-alg", header("crit", `["alg"]`)),
		bad("header-crit-empty", header("crit", "[]")), bad("header-crit-null", header("crit", "null")),
		bad("header-crit-text", header("crit", `"exp"`)), bad("header-crit-number", header("crit", "1")),
		bad("header-crit-unknown", func(d *draft) {
			set(&d.header, "crit", `["urn:example:strict"]`)
			set(&d.header, "urn:example:strict", "true")
		}),
		bad("header-crit-b64", func(d *draft) { set(&d.header, "crit", `["b64"]`); set(&d.header, "b64", "true") }),
		bad("header-b64-false", header("b64", "false")),
		bad("header-enc", header("enc", `"A256GCM"`)), bad("header-zip-and-enc", func(d *draft) {
			set(&d.header, "zip", `"DEF"`)
			set(&d.header, "enc", `"A128CBC-HS256"`)
		}),
		bad("header-alg-twice", func(d *draft) { d.header = append(d.header, member{"alg", `"none"`}) }),
		bad("header-alg-twice-before", func(d *draft) { d.header = append([]member{{"alg", `"none"`}}, d.header...) }),
		bad("header-alg-other-case", func(d *draft) { d.header = append(d.header, member{"Alg", `"none"`}) }),
		bad("header-extra-twice", func(d *draft) { d.header = append(d.header, member{"x", "1"}, member{"x", "2"}) }),
		bad("header-list", head(func(s string) string { return "[" + s + "]" })),
		bad("header-trailing", head(func(s string) string { return s + "{}" })),
		bad("header-cut", head(func(s string) string { return s[:len(s)-1] })),
		bad("header-invalid-utf8", head(func(s string) string { return s[:len(s)-1] + ",\"x\":\"\xff\"}" })),
		good("header-white-space", head(func(s string) string { return " \n{\t" + s[1:len(s)-1] + "\r\n} " })),
	}
}

// types are values of typ.
func types() []*twist {
	return []*twist{
		good("typ-missing", func(d *draft) { drop(&d.header, "typ") }), good("typ-jwt", header("typ", `"JWT"`)),
		good("typ-jwt-lower", header("typ", `"jwt"`)), good("typ-at-jwt-upper", header("typ", `"AT+JWT"`)),
		good("typ-media-type", header("typ", `"application/at+jwt"`)), good("typ-empty", header("typ", `""`)),
		bad("typ-logout", header("typ", `"logout+jwt"`)), bad("typ-dpop", header("typ", `"dpop+jwt"`)),
		bad("typ-event", header("typ", `"secevent+jwt"`)), bad("typ-request", header("typ", `"oauth-authz-req+jwt"`)),
		bad("typ-jose", header("typ", `"JOSE"`)), bad("typ-lookalike", header("typ", `"at+jwt "`)),
		bad("typ-nul", header("typ", `"at+jwt\u0000"`)),
		bad("typ-number", header("typ", "1")), bad("typ-null", header("typ", "null")),
		bad("typ-list", header("typ", `["at+jwt"]`)),
	}
}

// audiences are shapes and spellings of aud.
func audiences() []*twist {
	aud := func(v any) func(*draft) { return claim("aud", v) }
	text := func(s string) func(*draft) { return aud(quote(s)) }
	return []*twist{
		good("aud-list", aud(`["`+resource+`"]`)), good("aud-list-of-several", aud(`["account","`+resource+`","x"]`)),
		good("aud-list-twice", aud(`["`+resource+`","`+resource+`"]`)),
		good("aud-escaped", aud(`"https:\/\/mcp.example.com\u002fmcp"`)),
		good("aud-same-slash", text(resource+"/")), good("aud-same-host-upper", text("https://MCP.example.com/mcp")),
		good("aud-same-scheme-upper", text("HTTPS://mcp.example.com/mcp")),
		good("aud-same-port", text("https://mcp.example.com:443/mcp")),
		bad("aud-missing", without("aud")), bad("aud-null", aud("null")), bad("aud-empty", aud(`""`)),
		bad("aud-list-empty", aud("[]")), bad("aud-other", text("https://other.example/mcp")),
		bad("aud-prefix", text(resource[:len(resource)-1])), bad("aud-suffix", text(resource+"x")),
		bad("aud-below", text(resource+"/other")), bad("aud-query", text(resource+"?x=1")),
		bad("aud-fragment", text(resource+"#x")), bad("aud-http", text("http://mcp.example.com/mcp")),
		bad("aud-user", text("https://mcp.example.com@evil.example/mcp")), bad("aud-nul", text(resource+"\x00")),
		bad("aud-invisible", text(resource+"\u200b")), bad("aud-blank", text(" "+resource)),
		bad("aud-two-in-one", text(resource+" https://other.example")), bad("aud-two-with-comma", text(resource+",x")),
		bad("aud-list-others", aud(`["https://other.example","account"]`)),
		bad("aud-list-number", aud(`["`+resource+`",1]`)), bad("aud-list-null", aud(`["`+resource+`",null]`)),
		bad("aud-list-nested", aud(`[["`+resource+`"]]`)), bad("aud-number", aud(1)), bad("aud-true", aud(true)),
		bad("aud-object", aud(`{"`+resource+`":true}`)), bad("aud-text-of-a-list", text(`["`+resource+`"]`)),
		bad("aud-twice", insert(`"aud":"https://other.example"`)),
		bad("aud-twice-after", appendix(`"aud":"https://other.example"`)),
		bad("aud-twice-same", appendix(`"aud":"`+resource+`"`)), bad("aud-twice-escaped", appendix(`"\u0061ud":"x"`)),
		bad("aud-other-case", appendix(`"Aud":"https://other.example"`)), bad("aud-only-upper", body(func(s string) string {
			return strings.Replace(s, `"aud"`, `"AUD"`, 1)
		})),
	}
}

// times are values of exp, nbf and iat.
func times() []*twist {
	return []*twist{
		good("exp-fraction", at("exp", 300, "%d.75")), good("exp-zero-fraction", at("exp", 300, "%d.000000000000000000000")),
		good("exp-exponent", at("exp", 300, "%de0")), good("exp-exponent-upper", at("exp", 300, "%dE+0")),
		good("exp-exponent-down", at("exp", 300, "%d00e-2")), good("exp-within-the-skew", at("exp", -55, "%d")),
		good("exp-far", claim("exp", "253402300799")), good("exp-farther", claim("exp", "4503599627370496")),
		bad("exp-passed", at("exp", -65, "%d")), bad("exp-passed-a-day", at("exp", -86400, "%d")),
		bad("exp-passed-fraction", at("exp", -62, "%d.9")), bad("exp-zero", claim("exp", 0)),
		bad("exp-minus-zero", claim("exp", "-0")),
		bad("exp-one", claim("exp", 1)), bad("exp-missing", without("exp")), bad("exp-null", claim("exp", "null")),
		bad("exp-true", claim("exp", true)), bad("exp-list", at("exp", 300, "[%d]")),
		bad("exp-object", at("exp", 300, `{"t":%d}`)),
		bad("exp-text", at("exp", 300, `"%d"`)), bad("exp-text-date", claim("exp", `"2037-01-15T00:00:00Z"`)),
		bad("exp-text-empty", claim("exp", `""`)), bad("exp-negative", at("exp", 300, "-%d")),
		bad("exp-too-far", claim("exp", "9007199254740993")), bad("exp-beyond-64-bits", claim("exp", "18446744073709551617")),
		bad("exp-beyond-any", claim("exp", "1e400")), bad("exp-1e308", claim("exp", "1e308")),
		bad("exp-nan", claim("exp", "NaN")), bad("exp-infinity", claim("exp", "Infinity")),
		bad("exp-hex", claim("exp", "0x7fffffff")),
		bad("exp-plus", at("exp", 300, "+%d")), bad("exp-leading-zero", at("exp", 300, "0%d")),
		bad("exp-dot-at-the-end", at("exp", 300, "%d.")), bad("exp-underscore", claim("exp", "2_000_000_000")),
		bad("exp-twice", appendix(`"exp":1`)), bad("exp-twice-before", insert(`"exp":1`)),
		bad("exp-other-case", appendix(`"EXP":9999999999`)),
		good("nbf-missing", without("nbf")), good("nbf-fraction", at("nbf", 0, "%d.25")), good("nbf-zero", claim("nbf", 0)),
		good("nbf-within-the-skew", at("nbf", 55, "%d")), bad("nbf-ahead", at("nbf", 65, "%d")),
		bad("nbf-far-ahead", claim("nbf", "253402300799")), bad("nbf-text", at("nbf", 0, `"%d"`)),
		bad("nbf-null", claim("nbf", "null")),
		bad("nbf-true", claim("nbf", true)), bad("nbf-list", at("nbf", 0, "[%d]")), bad("nbf-negative", claim("nbf", -1)),
		bad("nbf-huge", claim("nbf", "1e300")),
		good("iat-missing", without("iat")), good("iat-fraction", at("iat", 0, "%d.5")), good("iat-old", claim("iat", 1)),
		good("iat-within-the-skew", at("iat", 55, "%d")), bad("iat-ahead", at("iat", 65, "%d")),
		bad("iat-text", at("iat", 0, `"%d"`)), bad("iat-null", claim("iat", "null")), bad("iat-true", claim("iat", true)),
		bad("iat-negative", claim("iat", -1)), bad("iat-huge", claim("iat", "1e300")),
	}
}

// identities are about who speaks, through whom, and about what kind of token it is.
func identities() []*twist {
	return []*twist{
		bad("iss-missing", without("iss")), bad("iss-null", claim("iss", "null")), bad("iss-number", claim("iss", 1)),
		bad("iss-list", claim("iss", `["`+issuer+`"]`)), bad("iss-empty", claim("iss", `""`)),
		bad("iss-other", claim("iss", `"https://id.evil.example"`)), bad("iss-slash", claim("iss", quote(issuer+"/"))),
		bad("iss-upper", claim("iss", quote("https://ID.example.com/realms/test"))),
		bad("iss-suffix", claim("iss", quote(issuer+".evil.example"))), bad("iss-nul", claim("iss", quote(issuer+"\x00"))),
		bad("iss-invisible", claim("iss", quote(issuer+"\u200d"))), bad("iss-twice", insert(`"iss":"https://evil.example"`)),
		bad("iss-long-s", appendix(`"iſs":"https://evil.example"`)),
		good("iss-escaped", claim("iss", `"https:\/\/id.example.com\/realms\/t\u0065st"`)),
		good("sub-unicode", claim("sub", `"Ådä 🦉 \u0041"`)), good("sub-long", claim("sub", quote(strings.Repeat("s", 2000)))),
		bad("sub-missing", without("sub")), bad("sub-empty", claim("sub", `""`)), bad("sub-null", claim("sub", "null")),
		bad("sub-number", claim("sub", 1000)), bad("sub-list", claim("sub", `["ada"]`)),
		bad("sub-twice", appendix(`"sub":"eve"`)),
		bad("sub-other-case", appendix(`"Sub":"eve"`)),
		bad("typ-jwt-with-nonce", func(d *draft) { set(&d.header, "typ", `"JWT"`); set(&d.claims, "nonce", `"n-0S6"`) }),
		bad("typ-jwt-with-at-hash", func(d *draft) { set(&d.header, "typ", `"JWT"`); set(&d.claims, "at_hash", `"MTIz"`) }),
		bad("kind-id", claim("token_use", `"id"`)), bad("kind-typ-id", claim("typ", `"ID"`)),
		bad("kind-refresh", claim("typ", `"Refresh"`)),
		bad("kind-event", claim("events", `{"http://schemas.openid.net/event/backchannel-logout":{}}`)),
		bad("bound-dpop", claim("cnf", `{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}`)),
		bad("bound-mtls", claim("cnf", `{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}`)),
		good("jti-missing", without("jti")), good("jti-number", claim("jti", 7)),
	}
}
