package differential

import (
	"path"
	"slices"
)

// deviation is a way in which another validator may judge otherwise than the gateway, and why that is right.
type deviation struct {
	// validator is its name; empty = both.
	validator string
	// twist is a pattern for the names of what is odd about the token.
	twist string
	why   string
}

// deviations are all that are known. A row about something that is wrong says why the other lets it pass; one about
// something that is odd but right, why the other refuses it.
var deviations = []deviation{
	// Tokens that are for something else. Whoever uses a library of JWTs has to tell them apart.
	{"", "bound-*", "a token bound to a key is none for a bearer; they leave `cnf` to their user"},
	{"", "kind-*", "an ID, refresh or logout token is no access token; they leave that to their user"},
	{"", "typ-*", "RFC 8725 §3.11: other kinds of JWT say so in `typ`, ID tokens by a nonce; they do not look"},
	{"", "header-cty-jwt*", "the claims are said to be another token; they do not look at `cty`"},
	{"", "header-*enc", "`enc` belongs to encrypted tokens; they ignore it in signed ones"},
	{"go-jose", "header-crit-*", "RFC 7515 §4.1.11: an empty list must not be, and b64 is not for JWTs (RFC 7797 §7)"},
	{"jwx", "header-crit*", "RFC 7515 §4.1.11: what must be understood; it checks that where WithCritValidation is set"},
	// What two readers could read differently (RFC 8725 §2.4, RFC 7493).
	{"", "*-other-case", "encoding/json would take one name for the other"},
	{"", "iss-long-s", "encoding/json would take one name for the other"},
	{"", "*-utf8", "not UTF-8: they put something else in its place"},
	{"", "json-lone-surrogate", "no character: they put something else in its place"},
	{"", "json-twice-nested", "the last of two members counts for them"},
	{"jwx", "*-twice*", "the last of two members counts"},
	{"jwx", "json-trailing*", "what comes after the object is not looked at"},
	{"jwx", "json-token-within", "it goes on with the token within"},
	{"", "json-nested-*", "nobody needs so deep a token"},
	{"", "json-too-large", "more than 32 KiB"},
	// Times.
	{"", "exp-too-far", "a float64 cannot tell that number from its neighbours"},
	{"", "*-negative", "nothing was issued before 1970"},
	{"", "kid-null", "not a string (RFC 7515 §4.1.4); it counts as absent"},
	{"go-jose", "???-null", "null is no time (RFC 7519 §2); it counts as absent"},
	{"jwx", "???-text*", "text is no time (RFC 7519 §2); it reads some"},
	// Keys.
	{"jwx", "kid-*", "with WithRequireKid(false) it tries every key, whatever the token names"},
	{"jwx", "alg-*", "with WithInferAlgorithmFromKey it goes by the key's algorithm, and does not read the token's"},
	// The compact form (RFC 7515 §2: base64url without padding, line breaks or other characters).
	{"", "shape-line-*", "encoding/base64 skips line breaks"},
	{"", "shape-return-*", "encoding/base64 skips line breaks"},
	{"", "shape-unused-bits-*", "encoding/base64 ignores bits that mean nothing, so one token had several forms"},
	{"jwx", "shape-padded-*", "it takes padded base64, too"},
	{"jwx", "shape-blank-before", "it skips white space"},
	{"jwx", "shape-letter-after-*", "it ignores bits that mean nothing"},
	{"go-jose", "sig-pss-*", "RFC 7518 §3.5: the salt is as long as the hash; it takes any"},
	// Subjects.
	{"jwx", "sub-*", "WithRequiredClaim asks for no more than presence"},
	// What is odd, but right.
	{"", "aud-same-*", "RFC 3986 §6.2: the same URL; they compare texts"},
	{"", "jti-number", "we do not need `jti`; they want text"},
	{"jwx", "header-white-space", "it verifies another text of the header than the one that came"},
	{"jwx", "json-huge-number", "nobody reads that claim; it reads each number into a float64"},
}

func (d *deviation) explains(validator, twist string) bool {
	matches, _ := path.Match(d.twist, twist)
	return matches && (d.validator == "" || d.validator == validator)
}

// explain finds the rows for a deviation: where the other accepts, one for each thing that is wrong with the token;
// where it refuses, one for some oddity. Where a row is missing, it says for what.
func explain(validator string, made *made, accepted bool) (rows []string, ok bool) {
	var missing []string
	for _, w := range made.twists {
		if w.wrong != accepted {
			continue
		}
		at := slices.IndexFunc(deviations, func(d deviation) bool { return d.explains(validator, w.name) })
		if at < 0 {
			missing = append(missing, w.name)
			continue
		}
		rows = append(rows, deviations[at].twist)
	}
	if len(rows) == 0 || accepted && len(missing) > 0 {
		return missing, false
	}
	return rows, true
}
