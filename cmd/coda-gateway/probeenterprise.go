package main

import (
	"slices"

	"github.com/bestviable/coda-gateway/gateway/token/keys"
)

// jwtBearer is the grant by which an authorization server redeems what another one signed for a person; with an ID-JAG
// it is MCP's enterprise-managed authorization. Claude looks for it, and others for the profile.
const (
	jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	idJAG     = "urn:ietf:params:oauth:grant-profile:id-jag"
)

// enterprise tells whether people can come in without signing in. Nothing is wrong where they cannot.
func (v *verdict) enterprise(doc *keys.Discovery) {
	const name = "enterprise-managed authorization"
	grant, profile := slices.Contains(doc.GrantTypesSupported, jwtBearer),
		slices.Contains(doc.GrantProfilesSupported, idJAG)
	switch {
	case grant && profile:
		v.add(levelOK, name, "offered ("+jwtBearer+", "+idJAG+")", "")
	case grant:
		v.add(levelOK, name, "offered ("+jwtBearer+"); whether it takes ID-JAGs, the document does not say", "")
	case profile:
		v.add(levelWarning, name, "the document lists the profile id-jag without the grant "+jwtBearer,
			"Claude looks at grant_types_supported and will not offer it; the provider should list the grant there")
	default:
		v.add(levelOK, name, "not offered; people sign in themselves", "")
	}
}
