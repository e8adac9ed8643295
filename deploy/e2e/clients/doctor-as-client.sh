#!/usr/bin/env bash
# coda-gateway doctor as the client of the conformance suite, which runs this with the server's URL. What it says of the server is
# no matter here: the suite looks at its requests. The suite's provider asks nobody anything, so that curl is browser enough. A
# client that was registered beforehand is in the context.
options=()
if [[ ${MCP_CONFORMANCE_CONTEXT-} == *'"client_secret"'* ]]; then
  secret=$(mktemp)
  trap 'rm -f "$secret"' EXIT
  jq -r .client_secret <<<"$MCP_CONFORMANCE_CONTEXT" >"$secret"
  options=(--client-id "$(jq -r .client_id <<<"$MCP_CONFORMANCE_CONTEXT")" --client-secret-file "$secret")
fi
BROWSER='curl -sL -o /dev/null' "$E2E_BIN/coda-gateway" doctor "$1" --register --sign-in --client vscode "${options[@]}" >/dev/null 2>&1
exit 0
