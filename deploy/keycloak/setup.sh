#!/usr/bin/env bash
# Adds to an existing realm what realm.json gives a new one: roles, client scopes, the resource's client, the client
# "claude", registration policies and the PKCE policy. Safe to run again: it changes only what differs, and adds to
# existing lists (trusted hosts, allowed scopes …) without replacing them. Accounts and realm-wide settings are not
# touched.
#
#   KEYCLOAK_URL=https://id.example.com REALM=company CODA_MCP_URL=https://mcp.example.com/mcp \
#   KEYCLOAK_ADMIN=admin KEYCLOAK_ADMIN_PASSWORD=… ./setup.sh [--people | --cimd | --secret]
#
#   (nothing)   apply the definition, and print one line per thing: created, changed or unchanged
#   --people    also create the three test users of realm.json, with the password in PEOPLE_PASSWORD
#   --cimd      also accept client ID metadata documents of Claude Code and VS Code (feature cimd; read README.md first)
#   --secret    only print the secret of the resource's client, for introspection
#
# If Keycloak's certificate comes from a private authority, name its PEM file in KEYCLOAK_CA.
#
# Needs bash, curl and jq. The administrator signs in to ADMIN_REALM (default master) and needs manage-realm and
# manage-clients there for REALM.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${KEYCLOAK_URL:?the address of Keycloak, as https://id.example.com}" "${REALM:?the realm to extend}"
: "${CODA_MCP_URL:?the gateway\'s public_url, as https://mcp.example.com/mcp}"
: "${KEYCLOAK_ADMIN:?the administrator\'s user name}" "${KEYCLOAK_ADMIN_PASSWORD:?the administrator\'s password}"
api=${KEYCLOAK_URL%/}/admin/realms/$REALM
policy_type=org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy
export CODA_MCP_URL REALM
[[ -z ${KEYCLOAK_CA-} ]] || export CURL_CA_BUNDLE=$KEYCLOAK_CA

# An administrator's token lives a minute, and a slow Keycloak takes longer than that for all of it.
sign_in() {
  bearer=$(curl --silent --show-error --fail-with-body "${KEYCLOAK_URL%/}/realms/${ADMIN_REALM:-master}/protocol/openid-connect/token" \
    --data grant_type=password --data client_id=admin-cli --data-urlencode "username=$KEYCLOAK_ADMIN" \
    --data-urlencode password@<(printf %s "$KEYCLOAK_ADMIN_PASSWORD") | jq --raw-output .access_token)
  signed_in=$SECONDS
}

# curl with the bearer and the body kept out of the process list.
request() { # METHOD PATH [JSON]
  local method=$1 path=$2 body=${3-}
  ((SECONDS - signed_in < 30)) || sign_in
  curl --silent --show-error --fail-with-body --request "$method" --config <(printf 'header = "Authorization: Bearer %s"\n' "$bearer") \
    ${body:+--header 'Content-Type: application/json' --data-binary @-} "$api$path" <<<"$body" ||
    { printf '\nsetup.sh: %s %s failed\n' "$method" "$api$path" >&2; return 1; }
}

sign_in

# The definition, for this realm and this gateway.
definition=$(jq '(.. | strings) |= gsub("\\$\\{CODA_MCP_URL\\}"; env.CODA_MCP_URL)' "$here/realm.json")
of() { jq --compact-output "$@" <<<"$definition"; }
report() { printf '%-9s %s\n' "$1" "$2"; }

# put WHAT PATH CURRENT WANTED writes WANTED over CURRENT unless every member of WANTED is there already.
put() {
  local merged
  merged=$(jq --compact-output --argjson wanted "$4" '. * $wanted' <<<"$3")
  if jq --exit-status --argjson merged "$merged" '. == $merged' <<<"$3" >/dev/null; then
    report unchanged "$1"
  else
    request PUT "$2" "$merged" >/dev/null
    report changed "$1"
  fi
}

client_id() { request GET "/clients" | jq --raw-output --arg id "$1" '.[] | select(.clientId == $id) | .id'; }

roles() {
  local role name
  while read -r role; do
    name=$(jq --raw-output .name <<<"$role")
    if request GET "/roles" | jq --exit-status --arg name "$name" 'any(.name == $name)' >/dev/null; then
      report unchanged "role $name"
    else
      request POST /roles "$(jq '{name, description}' <<<"$role")" >/dev/null
      report created "role $name"
    fi
  done < <(of '.roles.realm[] | select(.name | startswith("coda-"))')
  everyone
}

everyone() { # holds coda-user, as part of the realm's default role
  local default
  default=$(request GET "" | jq --raw-output .defaultRole.name)
  if request GET "/roles/$default/composites" | jq --exit-status 'any(.name == "coda-user")' >/dev/null; then
    report unchanged "role $default contains coda-user"
  else
    request POST "/roles/$default/composites" "$(request GET /roles/coda-user | jq '[.]')" >/dev/null
    report changed "role $default contains coda-user"
  fi
}

clients() {
  local client name id
  while read -r client; do
    name=$(jq --raw-output .clientId <<<"$client")
    id=$(client_id "$name")
    if [[ -z $id ]]; then
      request POST /clients "$client" >/dev/null
      report created "client $name"
    else
      # Scope assignments are not part of an update, and redirect URIs that the realm has are kept.
      put "client $name" "/clients/$id" "$(request GET "/clients/$id")" \
        "$(jq --compact-output 'del(.defaultClientScopes, .optionalClientScopes, .redirectUris, .webOrigins)' <<<"$client")"
    fi
  done < <(of '.clients[]')
}

scopes() {
  local scope name id mapper wanted current
  while read -r scope; do
    name=$(jq --raw-output .name <<<"$scope")
    id=$(request GET /client-scopes | jq --raw-output --arg name "$name" '.[] | select(.name == $name) | .id')
    if [[ -z $id ]]; then
      request POST /client-scopes "$scope" >/dev/null
      id=$(request GET /client-scopes | jq --raw-output --arg name "$name" '.[] | select(.name == $name) | .id')
      report created "client scope $name"
    else
      put "client scope $name" "/client-scopes/$id" "$(request GET "/client-scopes/$id" | jq 'del(.protocolMappers)')" "$(jq --compact-output 'del(.protocolMappers)' <<<"$scope")"
      while read -r mapper; do
        wanted=$(jq --raw-output .name <<<"$mapper")
        current=$(request GET "/client-scopes/$id/protocol-mappers/models" | jq --compact-output --arg name "$wanted" '.[] | select(.name == $name)')
        if [[ -z $current ]]; then
          request POST "/client-scopes/$id/protocol-mappers/models" "$mapper" >/dev/null
          report created "client scope $name, mapper $wanted"
        else
          put "client scope $name, mapper $wanted" "/client-scopes/$id/protocol-mappers/models/$(jq --raw-output .id <<<"$current")" "$current" "$mapper"
        fi
      done < <(jq --compact-output '.protocolMappers[]' <<<"$scope")
    fi
    scope_roles "$name" "$id"
    if ! request GET /default-optional-client-scopes | jq --exit-status --arg id "$id" 'any(.id == $id)' >/dev/null; then
      request PUT "/default-optional-client-scopes/$id" '{}' >/dev/null
      report changed "client scope $name offered to new clients"
    fi
  done < <(of '.clientScopes[] | select(.name | startswith("coda:"))')
}

scope_roles() { # NAME ID: who gets the scope at all
  local wanted missing
  wanted=$(of --arg name "$1" '.scopeMappings[] | select(.clientScope == $name) | .roles')
  missing=$(jq --compact-output --argjson names "$wanted" --argjson have "$(request GET "/client-scopes/$2/scope-mappings/realm")" \
    '[.[] | select(.name | IN($names[])) | select(.name | IN($have[].name) | not)]' <<<"$(request GET /roles)")
  [[ $missing == '[]' ]] && return
  request POST "/client-scopes/$2/scope-mappings/realm" "$missing" >/dev/null
  report changed "client scope $1 for $(jq --raw-output 'map(.name) | join(", ")' <<<"$missing")"
}

# A client made before the scopes existed does not have them yet.
client_scopes() {
  local id have scope name
  id=$(client_id claude)
  have=$(request GET "/clients/$id/optional-client-scopes")
  while read -r scope; do
    name=$(jq --raw-output .name <<<"$scope")
    jq --exit-status --arg name "$name" 'any(.name == $name)' <<<"$have" >/dev/null && continue
    request PUT "/clients/$id/optional-client-scopes/$(jq --raw-output .id <<<"$scope")" '{}' >/dev/null
    report changed "client claude may ask for $name"
  done < <(request GET /client-scopes | jq --compact-output '.[] | select(.name | startswith("coda:"))')
}

# Registration policies: lists grow, max-clients only rises, the host of the sender stops to matter (Claude registers
# from a cloud whose addresses have no fixed names).
registration() {
  local policy current name
  while read -r policy; do
    name=$(jq --raw-output .name <<<"$policy")
    current=$(request GET "/components?type=$policy_type" | jq --compact-output --argjson p "$policy" \
      'map(select(.providerId == $p.providerId and .subType == $p.subType)) | first // empty')
    if [[ -z $current ]]; then
      request POST /components "$(jq --arg type $policy_type '. + {providerType: $type} | del(.subComponents)' <<<"$policy")" >/dev/null
      report created "registration policy $name"
    else
      put "registration policy $name" "/components/$(jq --raw-output .id <<<"$current")" "$current" "$(
        jq --compact-output --argjson current "$current" '{config: (.config | with_entries(
          .key as $key | ($current.config[$key] // []) as $have | .value |=
            if $key == "max-clients" then [([.[], $have[]] | map(tonumber) | max | tostring)]
            elif length == 1 and (.[0] | IN("true", "false")) then .
            else $have + (. - $have) end))}' <<<"$policy")"
    fi
  done < <(of --arg type $policy_type '.components[$type][] | select(.subType == "anonymous")')
}

# merge_policies PATH LIST WANTED: members of LIST at PATH are replaced by name, others are kept.
merge_policies() {
  local current
  current=$(request GET "$1" | jq --compact-output --arg list "$2" '{($list): (.[$list] // [])}')
  put "$1: $(jq --raw-output 'map(.name) | join(", ")' <<<"$3")" "$1" "$current" "$(
    jq --compact-output --arg list "$2" --argjson wanted "$3" '.[$list] as $have | {($list):
      (($have | map(. as $h | $h * (first($wanted[] | select(.name == $h.name)) // {}))) + ($wanted | map(select(.name | IN($have[].name) | not))))}' <<<"$current")"
}

pkce() {
  merge_policies /client-policies/profiles profiles "$(of .clientProfiles.profiles)"
  merge_policies /client-policies/policies policies "$(of .clientPolicies.policies)"
}

# Hosted Claude's own document is refused by Keycloak 26.7 (it names a grant for confidential clients); its domain is
# nevertheless the one that Claude Code's document lives on.
cimd() {
  merge_policies /client-policies/profiles profiles "$(jq --null-input --compact-output --argjson extra "$(jq --raw-input 'split(" ") - [""]' <<<"${CIMD_EXTRA_DOMAINS-}")" \
    --argjson http "${CIMD_ALLOW_HTTP:-false}" '[{
      name: "coda-cimd", description: "Client-ID metadata documents of MCP clients", executors: [{executor: "client-id-metadata-document", configuration: {
        "cimd-allow-permitted-domains": (["claude.ai", "chatgpt.com", "cursor.com", "vscode.dev", "code.visualstudio.com", "localhost", "127.0.0.1"] + $extra | unique),
        "cimd-allow-http-scheme": $http, "cimd-restrict-same-domain": false, "cimd-required-properties": [], "only-allow-confidential-client": false}}]}]')"
  merge_policies /client-policies/policies policies "$(jq --null-input --compact-output --argjson extra "$(jq --raw-input 'split(" ") - [""]' <<<"${CIMD_EXTRA_DOMAINS-}")" \
    --argjson schemes "$([[ ${CIMD_ALLOW_HTTP-} == true ]] && echo '["https", "http"]' || echo '["https"]')" '[{
      name: "coda-cimd", description: "Where a client id is a URL, it is read as a metadata document", enabled: true, profiles: ["coda-cimd"],
      conditions: [{condition: "client-id-uri", configuration: {
        "client-id-uri-scheme": $schemes, "client-id-uri-allow-permitted-domains": (["claude.ai", "chatgpt.com", "cursor.com", "vscode.dev"] + $extra | unique)}}]}]')"
}

people() {
  : "${PEOPLE_PASSWORD:?the password of ada, bob and eve}"
  local person name id
  while read -r person; do
    name=$(jq --raw-output .username <<<"$person")
    id=$(request GET "/users?exact=true&username=$name" | jq --raw-output '.[0].id // empty')
    if [[ -z $id ]]; then
      request POST /users "$(jq 'del(.realmRoles, .groups)' <<<"$person")" >/dev/null
      id=$(request GET "/users?exact=true&username=$name" | jq --raw-output '.[0].id')
      report created "person $name"
    fi
    request PUT "/users/$id/reset-password" "$(jq --null-input '{type: "password", temporary: false, value: env.PEOPLE_PASSWORD}')" >/dev/null
    request POST "/users/$id/role-mappings/realm" "$(request GET /roles | jq --compact-output --argjson person "$person" \
      '[.[] | select(.name | startswith("coda-")) | select(.name | IN($person.realmRoles[]))]')" >/dev/null
    while read -r group; do
      request PUT "/users/$id/groups/$(group_id "$group")" '{}' >/dev/null
    done < <(jq --raw-output '.groups[]? | ltrimstr("/")' <<<"$person")
    report changed "password of $name"
  done < <(of '.users[]')
}

group_id() { # NAME: made, with its roles, if it is not there
  local id definition_of
  id=$(request GET "/groups?exact=true&search=$1" | jq --raw-output --arg name "$1" 'map(select(.name == $name)) | .[0].id // empty')
  if [[ -z $id ]]; then
    request POST /groups "$(jq --null-input --arg name "$1" '{name: $name}')" >/dev/null
    id=$(request GET "/groups?exact=true&search=$1" | jq --raw-output --arg name "$1" 'map(select(.name == $name)) | .[0].id')
    definition_of=$(of --arg name "$1" '.groups[] | select(.name == $name) | .realmRoles')
    request POST "/groups/$id/role-mappings/realm" "$(request GET /roles | jq --compact-output --argjson names "$definition_of" '[.[] | select(.name | IN($names[]))]')" >/dev/null
  fi
  printf '%s\n' "$id"
}

if [[ ${1-} == --secret ]]; then
  request GET "/clients/$(client_id "$CODA_MCP_URL")/client-secret" | jq --raw-output .value
  exit
fi
roles
clients
scopes
client_scopes
registration
pkce
for option; do
  case $option in
    --people) people ;;
    --cimd) cimd ;;
    *) printf 'setup.sh: unknown option %s\n' "$option" >&2; exit 2 ;;
  esac
done
