# A custom authorization server for the gateway, the client for Claude, and who may use it.

terraform {
  required_providers {
    okta = {
      source  = "okta/okta"
      version = ">= 4.20.0"
    }
  }
}

variable "mcp_url" {
  type        = string
  description = "The gateway's public_url, byte for byte."
}

variable "group_ids" {
  type        = set(string)
  description = "The groups whose people may sign in."
}

resource "okta_auth_server" "coda" {
  name        = "coda"
  description = "Tokens for the Coda MCP gateway"
  audiences   = [var.mcp_url]
}

resource "okta_auth_server_scope" "coda" {
  for_each = {
    "coda:read"  = "Read documents in Coda"
    "coda:write" = "Change documents in Coda"
  }

  auth_server_id   = okta_auth_server.coda.id
  name             = each.key
  description      = each.value
  consent          = "IMPLICIT"
  metadata_publish = "ALL_CLIENTS"
}

resource "okta_auth_server_claim" "groups" {
  auth_server_id    = okta_auth_server.coda.id
  name              = "groups"
  claim_type        = "RESOURCE"
  value_type        = "GROUPS"
  group_filter_type = "STARTS_WITH"
  value             = "coda-"
}

# For Claude's dialog "Use your own OAuth client": people type its id, and no secret.
resource "okta_app_oauth" "claude" {
  label                      = "Claude"
  type                       = "native"
  grant_types                = ["authorization_code", "refresh_token"]
  response_types             = ["code"]
  token_endpoint_auth_method = "none"
  pkce_required              = true
  refresh_token_rotation     = "ROTATE"

  redirect_uris = [
    "https://claude.ai/api/mcp/auth_callback",
    "https://claude.com/api/mcp/auth_callback",
  ]
}

resource "okta_app_group_assignments" "claude" {
  app_id = okta_app_oauth.claude.id

  dynamic "group" {
    for_each = var.group_ids
    content {
      id = group.value
    }
  }
}

resource "okta_auth_server_policy" "claude" {
  auth_server_id   = okta_auth_server.coda.id
  name             = "Claude"
  description      = "Who gets tokens through Claude"
  priority         = 1
  client_whitelist = [okta_app_oauth.claude.client_id]
}

resource "okta_auth_server_policy_rule" "people" {
  auth_server_id                 = okta_auth_server.coda.id
  policy_id                      = okta_auth_server_policy.claude.id
  name                           = "People"
  priority                       = 1
  grant_type_whitelist           = ["authorization_code"]
  group_whitelist                = var.group_ids
  scope_whitelist                = ["coda:read", "coda:write", "offline_access"]
  access_token_lifetime_minutes  = 60
  refresh_token_lifetime_minutes = 43200
  refresh_token_window_minutes   = 10080

  depends_on = [okta_auth_server_scope.coda]
}

output "issuer" {
  value = okta_auth_server.coda.issuer
}

output "client_id" {
  value = okta_app_oauth.claude.client_id
}
