package pages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// schema is what the files use of each resource, by the reference of the provider that it belongs to: arguments, and
// nested blocks with a slash at the end of the block's name. The name of the resource is the first word.
const schema = `
auth0_tenant resource_parameter_profile
auth0_resource_server name identifier signing_alg token_dialect enforce_policies allow_offline_access token_lifetime
auth0_resource_server_scopes resource_server_identifier scopes/name scopes/description
auth0_role name description
auth0_role_permissions role_id permissions/name permissions/resource_server_identifier
auth0_client name app_type is_first_party oidc_conformant grant_types callbacks refresh_token/rotation_type
auth0_client refresh_token/expiration_type
auth0_client_credentials client_id authentication_method
random_uuid keepers
azuread_application display_name sign_in_audience api/requested_access_token_version
azuread_application api/oauth2_permission_scope/id api/oauth2_permission_scope/value api/oauth2_permission_scope/type
azuread_application api/oauth2_permission_scope/admin_consent_display_name
azuread_application api/oauth2_permission_scope/admin_consent_description
azuread_application api/oauth2_permission_scope/user_consent_display_name
azuread_application api/oauth2_permission_scope/user_consent_description
azuread_application app_role/id app_role/value app_role/display_name app_role/description
azuread_application app_role/allowed_member_types public_client/redirect_uris optional_claims/access_token/name
azuread_application_identifier_uri application_id identifier_uri
azuread_service_principal client_id app_role_assignment_required
azuread_service_principal_delegated_permission_grant service_principal_object_id claim_values
azuread_service_principal_delegated_permission_grant resource_service_principal_object_id
okta_auth_server name description audiences
okta_auth_server_scope auth_server_id name description consent metadata_publish
okta_auth_server_claim auth_server_id name claim_type value_type group_filter_type value
okta_app_oauth label type grant_types response_types token_endpoint_auth_method pkce_required refresh_token_rotation
okta_app_oauth redirect_uris
okta_app_group_assignments app_id group/id
okta_auth_server_policy auth_server_id name description priority client_whitelist
okta_auth_server_policy_rule auth_server_id policy_id name priority grant_type_whitelist group_whitelist
okta_auth_server_policy_rule scope_whitelist access_token_lifetime_minutes refresh_token_lifetime_minutes
okta_auth_server_policy_rule refresh_token_window_minutes
`

// exported are read of resources and set by none.
const exported = `id client_id object_id result issuer identifier`

// metaArguments are Terraform's own.
var metaArguments = map[string]bool{"for_each": true, "depends_on": true, "lifecycle": true, "count": true}

// The Terraform files parse, name what the providers have, and refer to what the file declares.
func TestTerraform(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(schema), "\n") {
		words := strings.Fields(line)
		for _, w := range words[1:] {
			known[words[0]+" "+w] = true
		}
	}
	files, err := filepath.Glob(deploy + "*/*.tf")
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, problems := hclsyntax.ParseConfig(text, filepath.Base(filepath.Dir(name))+"/main.tf", hcl.InitialPos)
		if problems.HasErrors() {
			t.Errorf("%v", problems)
			continue
		}
		f := terraform{t: t, known: known, declared: map[string]bool{}}
		f.read(file.Body.(*hclsyntax.Body))
	}
}

type terraform struct {
	t        *testing.T
	known    map[string]bool
	declared map[string]bool
}

func (f terraform) read(body *hclsyntax.Body) {
	for _, b := range body.Blocks {
		switch b.Type {
		case "resource":
			f.declared[b.Labels[0]+"."+b.Labels[1]] = true
		case "variable":
			f.declared["var."+b.Labels[0]] = true
		}
	}
	for _, b := range body.Blocks {
		if b.Type == "resource" {
			f.arguments(b.Labels[0], "", b.Body)
		}
		f.references(b.Body)
	}
}

// arguments holds each name to the provider's reference.
func (f terraform) arguments(resource, path string, body *hclsyntax.Body) {
	for name, a := range body.Attributes {
		if !f.known[resource+" "+path+name] && !metaArguments[path+name] {
			f.t.Errorf("%s: %s has no %s", a.SrcRange, resource, path+name)
		}
	}
	for _, b := range body.Blocks {
		switch {
		case metaArguments[path+b.Type]:
		case b.Type == "dynamic":
			f.arguments(resource, path+b.Labels[0]+"/", b.Body.Blocks[0].Body)
		default:
			f.arguments(resource, path+b.Type+"/", b.Body)
		}
	}
}

// references holds that what is read is declared, and exported or an argument.
func (f terraform) references(body *hclsyntax.Body) {
	problems := hclsyntax.VisitAll(body, func(node hclsyntax.Node) hcl.Diagnostics {
		e, ok := node.(*hclsyntax.ScopeTraversalExpr)
		if !ok || len(e.Traversal) < 2 {
			return nil
		}
		second, ok := e.Traversal[1].(hcl.TraverseAttr)
		if !ok {
			return nil
		}
		root := e.Traversal.RootName()
		at := root + "." + second.Name
		switch {
		case root == "each" || root == "group":
		case !f.declared[at]:
			f.t.Errorf("%s: %s is not declared", e.SrcRange, at)
		case len(e.Traversal) > 2:
			last, ok := e.Traversal[len(e.Traversal)-1].(hcl.TraverseAttr)
			if ok && !strings.Contains(" "+exported+" ", " "+last.Name+" ") {
				f.t.Errorf("%s: %s has no %s", e.SrcRange, at, last.Name)
			}
		}
		return nil
	})
	if problems.HasErrors() {
		f.t.Error(problems)
	}
}
