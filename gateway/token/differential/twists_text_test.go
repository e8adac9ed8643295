package differential

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// texts are oddities of the JSON of the claims.
func texts() []*twist {
	wrap := func(before, after string) func(*draft) {
		return body(func(s string) string { return before + s + after })
	}
	return []*twist{
		good("json-white-space", body(func(s string) string {
			return " \t\r\n" + strings.Replace(s, ":", "\t:\n", 1) + "\r\n"
		})),
		good("json-members-backwards", func(d *draft) {
			for i, j := 0, len(d.claims)-1; i < j; i, j = i+1, j-1 {
				d.claims[i], d.claims[j] = d.claims[j], d.claims[i]
			}
		}),
		good("json-extra", claim("x", `{"a":[1,-2.5e-3,null,true,{"b":"c"}],"":""}`)),
		good("json-nul-in-a-value", claim("x", `"a\u0000b"`)), good("json-invisible-name", claim("a\u200bb", 1)),
		good("json-nul-in-a-name", claim("a\x00b", 1)), good("json-names-by-case", appendix(`"foo":1,"Foo":2`)),
		good("json-big-number", claim("x", "123456789012345678901234567890")), good("json-tiny-number", claim("x", "1e-999")),
		good("json-huge-number", claim("x", "1e999")), good("json-surrogates", claim("x", `"\ud83e\udd89"`)),
		good("json-nested-ten", claim("x", strings.Repeat("[", 10)+strings.Repeat("]", 10))),
		good("json-large", claim("groups", "["+strings.TrimSuffix(strings.Repeat(`"a-group-with-a-name",`, 700), ",")+"]")),
		good("json-many-members", func(d *draft) {
			for i := range 300 {
				set(&d.claims, fmt.Sprint("x", i), "1")
			}
		}),
		bad("json-too-large", claim("groups", "["+strings.TrimSuffix(strings.Repeat(`"a-group-with-a-name",`, 1400), ",")+"]")),
		bad("json-nested-twenty", claim("x", strings.Repeat("[", 20)+strings.Repeat("]", 20))),
		bad("json-nested-5000", claim("x", strings.Repeat("[", 5000)+strings.Repeat("]", 5000))),
		bad("json-twice-nested", claim("realm_access", `{"roles":["a"],"roles":["admin"]}`)),
		bad("json-twice-unread", appendix(`"x":1,"x":1`)), bad("json-empty", body(func(string) string { return "{}" })),
		bad("json-nothing", body(func(string) string { return "" })),
		bad("json-null", body(func(string) string { return "null" })),
		bad("json-list", wrap("[", "]")), bad("json-text", body(quote)), bad("json-trailing", wrap("", "{}")),
		bad("json-trailing-text", wrap("", "x")), bad("json-trailing-nul", wrap("", "\x00")),
		bad("json-byte-order-mark", wrap("\ufeff", "")),
		bad("json-cut", body(func(s string) string { return s[:len(s)-1] })),
		bad("json-comma-at-the-end", body(func(s string) string { return strings.TrimSuffix(s, "}") + ",}" })),
		bad("json-comment", insert("/**/\"x\":1")), bad("json-single-quotes", insert(`'x':1`)),
		bad("json-bare-name", insert(`x:1`)),
		bad("json-invalid-utf8", insert("\"x\":\"\xff\"")), bad("json-overlong-utf8", insert("\"x\":\"\xc0\x80\"")),
		bad("json-lone-surrogate", insert(`"x":"\ud800"`)), bad("json-line-in-text", insert("\"x\":\"a\nb\"")),
		bad("json-nul-in-text", insert("\"x\":\"a\x00b\"")), bad("json-escape-unknown", insert(`"x":"\x41"`)),
		bad("json-utf16", body(func(s string) string {
			return "\xff\xfe" + strings.Join(strings.Split(s, ""), "\x00") + "\x00"
		})),
		bad("json-number-dot", insert(`"x":.5`)), bad("json-number-zeros", insert(`"x":007`)),
		bad("json-true-upper", insert(`"x":True`)),
		bad("json-vertical-tab", wrap("\v", "")),
		bad("json-token-within", func(d *draft) {
			key := d.key
			body(func(s string) string { return key.Sign([]byte(`{"alg":"ES256"}`), []byte(s)) })(d)
		}),
	}
}

// shapes are oddities of the compact form.
func shapes() []*twist {
	join := func(parts ...string) string { return strings.Join(parts, ".") }
	list := []*twist{
		bad("shape-standard-alphabet", whole(func(p []string) string {
			raw := append(must(b64.DecodeString(p[2])), 0xfb, 0xff, 0xfe)
			return join(p[0], p[1], base64.RawStdEncoding.EncodeToString(raw))
		})),
		bad("shape-four-parts", whole(func(p []string) string { return join(p[0], p[1], p[2], "AAAA") })),
		bad("shape-dot-at-the-end", whole(func(p []string) string { return join(p[0], p[1], p[2], "") })),
		bad("shape-dot-before", whole(func(p []string) string { return join("", p[0], p[1], p[2]) })),
		bad("shape-two-parts", whole(func(p []string) string { return join(p[0], p[1]) })),
		bad("shape-one-part", whole(func(p []string) string { return p[0] })),
		bad("shape-five-parts", whole(func(p []string) string { return join(p[0], p[1], p[2], p[1], p[2]) })),
		bad("shape-no-signature", whole(func(p []string) string { return join(p[0], p[1], "") })),
		bad("shape-no-claims", whole(func(p []string) string { return join(p[0], "", p[2]) })),
		bad("shape-no-header", whole(func(p []string) string { return join("", p[1], p[2]) })),
		bad("shape-dots", whole(func([]string) string { return ".." })),
		bad("shape-empty", whole(func([]string) string { return "" })),
		bad("shape-opaque", whole(func([]string) string { return "2c4a8c3e-6b0f-4b5e-9d3a-0c1d2e3f4a5b" })),
		bad("shape-twice", whole(func(p []string) string { return join(p...) + "," + join(p...) })),
		bad("shape-bearer", whole(func(p []string) string { return "Bearer " + join(p...) })),
		bad("shape-quoted", whole(func(p []string) string { return `"` + join(p...) + `"` })),
		bad("shape-blank-before", whole(func(p []string) string { return " " + join(p...) })),
		bad("shape-line-after", whole(func(p []string) string { return join(p...) + "\n" })),
		bad("shape-nul-after", whole(func(p []string) string { return join(p...) + "\x00" })),
		bad("shape-json", whole(func(p []string) string {
			return `{"payload":"` + p[1] + `","protected":"` + p[0] + `","signature":"` + p[2] + `"}`
		})),
		bad("shape-json-general", whole(func(p []string) string {
			return `{"payload":"` + p[1] + `","signatures":[{"protected":"` + p[0] + `","signature":"` + p[2] + `"}]}`
		})),
		bad("shape-claims-of-another", whole(func(p []string) string {
			return join(p[0], b64.EncodeToString([]byte(`{"sub":"eve"}`)), p[2])
		})),
	}
	for n, part := range []string{"header", "claims", "signature"} {
		edit := func(f func(string) string) func(*draft) {
			return whole(func(p []string) string { p[n] = f(p[n]); return join(p...) })
		}
		list = append(list,
			bad("shape-padded-"+part, edit(func(s string) string { return s + strings.Repeat("=", 1+len(s)%3) })),
			bad("shape-line-in-"+part, edit(func(s string) string { return s[:len(s)/2] + "\n" + s[len(s)/2:] })),
			bad("shape-return-in-"+part, edit(func(s string) string { return s[:len(s)/2] + "\r\n" + s[len(s)/2:] })),
			bad("shape-blank-in-"+part, edit(func(s string) string { return s[:len(s)/2] + " " + s[len(s)/2:] })),
			bad("shape-cut-"+part, edit(func(s string) string { return s[:max(len(s)-1, 0)] })),
			bad("shape-letter-after-"+part, edit(func(s string) string { return s + "A" })))
	}
	return append(list,
		// Bits that decode to nothing: another text for the same signature. Where there are none, the signature differs.
		bad("shape-unused-bits-of-signature", whole(func(p []string) string {
			const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			if p[2] == "" {
				return join(p[0], p[1], "")
			}
			last := strings.IndexByte(alphabet, p[2][len(p[2])-1])
			return join(p[0], p[1], p[2][:len(p[2])-1]+string(alphabet[last^1]))
		})),
		bad("jwe-real", func(d *draft) {
			public := d.g.is.Key("RS256").Private.Public()
			d.compact = func(p []string) string {
				e := must(jose.NewEncrypter(jose.A128GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: public}, nil))
				return must(must(e.Encrypt([]byte(join(p...)))).CompactSerialize())
			}
		}),
		bad("jwe-direct", whole(func(p []string) string {
			return join(b64.EncodeToString([]byte(`{"alg":"dir","enc":"A256GCM"}`)), "", p[1], p[2], p[0])
		})))
}
