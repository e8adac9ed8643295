package handshake

// codeAndRefresh are the grants that every client asks for, and code what it wants to be answered with.
var (
	codeAndRefresh = []string{"authorization_code", "refresh_token"}
	code           = []string{"code"}
)

// Profiles are the clients that people use, the most used first.
func Profiles() []Profile {
	return []Profile{claude(), claudeCode(), chatGPT(), vsCode(), cursor(), inspector(), typescriptSDK(), pythonSDK()}
}

// claude is claude.ai, Claude Desktop, the phones and Cowork: one client, at Anthropic, wherever people click.
func claude() Profile {
	return Profile{
		ID: "claude", Name: "Claude", Hosted: true, Egress: "160.79.104.0/21 (IPv4)",
		Agents: Agents{Discovery: "python-httpx/0.28.1", MCP: "Claude-User",
			Prefixes: []string{"claude-user", "python-httpx", "anthropic"}},
		Redirects:        []string{"https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"},
		MetadataDocument: "https://claude.ai/oauth/mcp-oauth-client-metadata",
		Ways:             []Way{Document, Dynamic, Typed},
		Registration: RegistrationBody{ClientName: "Claude", AuthMethod: "client_secret_post", GrantTypes: codeAndRefresh,
			ResponseTypes: code},
		Needs: Needs{HTTPS: true, S256: true, ExactResource: true, Offline: true},
		Bugs: []Bug{
			{"anthropics/claude-ai-mcp#872", Challenge, "an edge that blocks AI bots lets the metadata through and stops the " +
				"MCP request alone"},
			{"anthropics/claude-ai-mcp#1056", ResourceMetadata, "the dialog strips a trailing slash from the URL"},
			{"anthropics/claude-ai-mcp#690", Registration, "it has registered twice for one connection"},
			{"anthropics/claude-ai-mcp#480", Token, "the code was not exchanged where the answer named the issuer"},
			{"anthropics/claude-ai-mcp#840", Token, "it never asked for offline_access"},
			{"anthropics/claude-ai-mcp#975", FirstCall, "it does not send Mcp-Session-Id again"},
			{"anthropics/claude-code#93290", FirstCall, "the revision in the header and in the body differ"},
		},
	}
}

func claudeCode() Profile {
	return Profile{
		ID: "claude-code", Name: "Claude Code",
		Agents: Agents{Discovery: "Bun/1.3.2", MCP: "claude-code/2.1.280 (cli)",
			Prefixes: []string{"claude-code", "bun/"}},
		Redirects:        []string{"http://localhost:{port}/callback"},
		MetadataDocument: "https://claude.ai/oauth/claude-code-client-metadata",
		Ways:             []Way{Typed, Document, Dynamic},
		Registration: RegistrationBody{ClientName: "Claude Code (coda)", AuthMethod: "none", GrantTypes: codeAndRefresh,
			ResponseTypes: code},
		Needs: Needs{S256: true, ExactResource: true, Offline: true},
		Bugs: []Bug{
			{"anthropics/claude-code#47390", ServerMetadata, "its OAuth requests have no user agent, which firewalls for " +
				"the web block"},
			{"anthropics/claude-code#42765", Authorization, "it comes back on a port of its own, which providers that compare " +
				"ports refuse"},
			{"anthropics/claude-code#90497", Authorization, "2.1.251 sends no resource"},
			{"anthropics/claude-code#9017", Token, "without expires_in it takes an hour for granted"},
		},
	}
}

func chatGPT() Profile {
	return Profile{
		ID: "chatgpt", Name: "ChatGPT", Hosted: true, Egress: "the addresses at https://openai.com/chatgpt-connectors.json",
		Agents: Agents{Discovery: "Python/3.12 aiohttp/3.13.2", MCP: "openai-mcp/1.0.0",
			Prefixes: []string{"openai-mcp", "python/3"}},
		Redirects:        []string{"https://chatgpt.com/connector_platform_oauth_redirect"},
		MetadataDocument: "https://chatgpt.com/oauth/client.json",
		Ways:             []Way{Document, Dynamic, Typed},
		Registration: RegistrationBody{ClientName: "ChatGPT", AuthMethod: "none", GrantTypes: codeAndRefresh,
			ResponseTypes: code},
		Needs: Needs{HTTPS: true, S256: true, IssuerInAnswer: true},
	}
}

func vsCode() Profile {
	return Profile{
		ID: "vscode", Name: "VS Code",
		Agents: Agents{Discovery: "node", MCP: "node", Prefixes: []string{"visual studio code", "vscode"}},
		Redirects: []string{"http://127.0.0.1:{port}/", "http://127.0.0.1/", "http://127.0.0.1:33418/",
			"https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect"},
		MetadataDocument: "https://vscode.dev/oauth/client-metadata.json",
		Ways:             []Way{Document, Dynamic, Typed},
		Registration: RegistrationBody{ClientName: "Visual Studio Code", AuthMethod: "none", GrantTypes: codeAndRefresh,
			ResponseTypes: code, ApplicationType: "native", ClientURI: "https://code.visualstudio.com"},
		Needs: Needs{ExactBearer: true, FollowsRedirects: true, ScopeInRegistration: true},
		Bugs: []Bug{
			{"keycloak/keycloak#50807", Registration, "it registers with a scope, and Keycloak before 26.8 then drops the " +
				"realm's default scopes"},
		},
	}
}

func cursor() Profile {
	return Profile{
		ID: "cursor", Name: "Cursor",
		Agents: Agents{Discovery: "node", MCP: "Cursor/2.0", Prefixes: []string{"cursor"}},
		Redirects: []string{"cursor://anysphere.cursor-mcp/oauth/callback",
			"https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"},
		MetadataDocument: "https://cursor.com/oauth/mcp-client.json",
		Ways:             []Way{Dynamic, Typed},
		Registration: RegistrationBody{ClientName: "Cursor", AuthMethod: "none", GrantTypes: codeAndRefresh,
			ResponseTypes: code},
		Needs: Needs{S256: true},
	}
}

func inspector() Profile {
	return Profile{
		ID: "inspector", Name: "Inspector",
		Agents:    Agents{Discovery: "node", MCP: "node", Prefixes: []string{"mcp-inspector"}},
		Redirects: []string{"http://127.0.0.1:{port}/oauth/callback"},
		Ways:      []Way{Typed, Dynamic},
		Registration: RegistrationBody{ClientName: "MCP Inspector", AuthMethod: "none", GrantTypes: codeAndRefresh,
			ResponseTypes: code},
		Needs: Needs{S256: true, CORS: true, ScopeInRegistration: true},
	}
}

func typescriptSDK() Profile {
	return Profile{
		ID: "typescript-sdk", Name: "TypeScript SDK",
		Agents:    Agents{Discovery: "node", MCP: "node", Prefixes: []string{"node", "undici"}},
		Redirects: []string{"http://localhost:{port}/callback"},
		Ways:      []Way{Typed, Document, Dynamic},
		Registration: RegistrationBody{ClientName: "MCP client (TypeScript SDK)", AuthMethod: "none",
			GrantTypes: codeAndRefresh, ResponseTypes: code},
		Needs: Needs{S256: true, ExactResource: true, FollowsRedirects: true, ScopeInRegistration: true},
	}
}

func pythonSDK() Profile {
	return Profile{
		ID: "python-sdk", Name: "Python SDK",
		Agents:    Agents{Discovery: "python-httpx/0.28.1", MCP: "python-httpx/0.28.1"},
		Redirects: []string{"http://localhost:{port}/callback"},
		Ways:      []Way{Typed, Document, Dynamic},
		Registration: RegistrationBody{ClientName: "MCP client (Python SDK)", AuthMethod: "none", GrantTypes: codeAndRefresh,
			ResponseTypes: code},
		Needs: Needs{ExactResource: true, FollowsRedirects: true, ScopeInRegistration: true},
	}
}
