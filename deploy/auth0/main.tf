# Everything at Auth0 that MCP clients need to sign people in for the gateway, except for one switch: Settings, Advanced,
# Include Issuer in Authorization Responses.

terraform {
  required_providers {
    auth0 = {
      source  = "auth0/auth0"
      version = ">= 1.30.0, < 2.0.0"
    }
  }
}

variable "mcp_url" {
  type        = string
  description = "The gateway's public_url, byte for byte."

  validation {
    condition     = can(regex("^https://[^?#]+[^/?#]$", var.mcp_url))
    error_message = "An https URL with a path, without a slash at the end, a query or a fragment."
  }
}

# MCP clients name the API in resource. Without this setting Auth0 reads only audience.
resource "auth0_tenant" "this" {
  resource_parameter_profile = "compatibility"
}

resource "auth0_resource_server" "coda" {
  name                 = "Coda"
  identifier           = var.mcp_url
  signing_alg          = "RS256"
  token_dialect        = "access_token_authz"
  enforce_policies     = true
  allow_offline_access = true
  token_lifetime       = 3600
}

resource "auth0_resource_server_scopes" "coda" {
  resource_server_identifier = auth0_resource_server.coda.identifier

  scopes {
    name        = "coda:read"
    description = "Read documents in Coda"
  }
  scopes {
    name        = "coda:write"
    description = "Change documents in Coda"
  }
}

resource "auth0_role" "reader" {
  name        = "coda-reader"
  description = "May read documents in Coda"
}

resource "auth0_role" "editor" {
  name        = "coda-editor"
  description = "May read and change documents in Coda"
}

resource "auth0_role_permissions" "reader" {
  role_id = auth0_role.reader.id

  permissions {
    name                       = "coda:read"
    resource_server_identifier = auth0_resource_server.coda.identifier
  }

  depends_on = [auth0_resource_server_scopes.coda]
}

resource "auth0_role_permissions" "editor" {
  role_id = auth0_role.editor.id

  permissions {
    name                       = "coda:read"
    resource_server_identifier = auth0_resource_server.coda.identifier
  }
  permissions {
    name                       = "coda:write"
    resource_server_identifier = auth0_resource_server.coda.identifier
  }

  depends_on = [auth0_resource_server_scopes.coda]
}

# For Claude's dialog "Use your own OAuth client": people type its id, and no secret.
resource "auth0_client" "claude" {
  name            = "Claude"
  app_type        = "native"
  is_first_party  = true
  oidc_conformant = true
  grant_types     = ["authorization_code", "refresh_token"]

  callbacks = [
    "https://claude.ai/api/mcp/auth_callback",
    "https://claude.com/api/mcp/auth_callback",
  ]

  refresh_token {
    rotation_type   = "rotating"
    expiration_type = "expiring"
  }
}

resource "auth0_client_credentials" "claude" {
  client_id             = auth0_client.claude.id
  authentication_method = "none"
}

output "client_id" {
  value = auth0_client.claude.client_id
}
