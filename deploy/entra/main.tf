# The application at Entra that MCP clients sign people in to, with its scopes and roles.

terraform {
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
    random = {
      source = "hashicorp/random"
    }
  }
}

variable "mcp_url" {
  type        = string
  description = "The gateway's public_url. Its domain has to be verified in the tenant."
}

resource "random_uuid" "id" {
  for_each = toset(["read", "write", "reader", "editor"])
}

resource "azuread_application" "coda" {
  display_name     = "Coda MCP"
  sign_in_audience = "AzureADMyOrg"

  api {
    requested_access_token_version = 2

    oauth2_permission_scope {
      id                         = random_uuid.id["read"].result
      value                      = "coda:read"
      type                       = "User"
      admin_consent_display_name = "Read documents in Coda"
      admin_consent_description  = "Read documents in Coda on behalf of the signed-in person."
      user_consent_display_name  = "Read documents in Coda"
      user_consent_description   = "Read documents in Coda on your behalf."
    }
    oauth2_permission_scope {
      id                         = random_uuid.id["write"].result
      value                      = "coda:write"
      type                       = "User"
      admin_consent_display_name = "Change documents in Coda"
      admin_consent_description  = "Change documents in Coda on behalf of the signed-in person."
      user_consent_display_name  = "Change documents in Coda"
      user_consent_description   = "Change documents in Coda on your behalf."
    }
  }

  app_role {
    id                   = random_uuid.id["reader"].result
    value                = "Coda.Reader"
    display_name         = "Coda reader"
    description          = "May read documents in Coda"
    allowed_member_types = ["User"]
  }
  app_role {
    id                   = random_uuid.id["editor"].result
    value                = "Coda.Editor"
    display_name         = "Coda editor"
    description          = "May read and change documents in Coda"
    allowed_member_types = ["User"]
  }

  # Mobile and desktop applications: for a single-page application Claude's token request would be refused.
  public_client {
    redirect_uris = [
      "https://claude.ai/api/mcp/auth_callback",
      "https://claude.com/api/mcp/auth_callback",
    ]
  }

  optional_claims {
    access_token {
      name = "email"
    }
  }

  lifecycle {
    ignore_changes = [identifier_uris]
  }
}

# The prefix of requested scopes, and what MCP clients send as resource.
resource "azuread_application_identifier_uri" "api" {
  application_id = azuread_application.coda.id
  identifier_uri = "api://${azuread_application.coda.client_id}"
}

resource "azuread_application_identifier_uri" "resource" {
  application_id = azuread_application.coda.id
  identifier_uri = var.mcp_url
}

resource "azuread_service_principal" "coda" {
  client_id                    = azuread_application.coda.client_id
  app_role_assignment_required = true
}

# Nobody is asked for consent: the administrator grants it here for everybody.
resource "azuread_service_principal_delegated_permission_grant" "all" {
  service_principal_object_id          = azuread_service_principal.coda.object_id
  resource_service_principal_object_id = azuread_service_principal.coda.object_id
  claim_values                         = ["coda:read", "coda:write"]
}

output "audiences" {
  value = [azuread_application.coda.client_id]
}

output "scope_prefix" {
  value = "api://${azuread_application.coda.client_id}/"
}
