// The client's half of OAuth as the MCP authorization specification wants it, plain enough to send exactly the requests
// of a given client: discovery, dynamic registration, code with PKCE and resource, refresh, introspection.
import { createHash, randomBytes } from 'node:crypto';

export class OAuthError extends Error {
  constructor(what, status, body) {
    super(`${what}: ${status} ${typeof body === 'string' ? body.slice(0, 300) : JSON.stringify(body)}`);
    this.status = status;
    this.code = body?.error;
    this.body = body;
  }
}

export async function json(url, init = {}, what = `${init.method ?? 'GET'} ${url}`) {
  const response = await fetch(url, { redirect: 'error', ...init });
  const raw = await response.text();
  let body;
  try {
    body = raw ? JSON.parse(raw) : undefined;
  } catch {
    throw new OAuthError(`${what}: not JSON`, response.status, raw);
  }
  if (!response.ok) throw new OAuthError(what, response.status, body);
  return body;
}

// From the MCP URL to the protected-resource metadata (by the 401 challenge) and the authorization server's.
export async function discover(mcpURL, headers = {}) {
  const first = await fetch(mcpURL, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' });
  await first.arrayBuffer();
  if (first.status !== 401) throw new Error(`POST ${mcpURL} without a token answered ${first.status}, want 401`);
  const challenge = parseChallenge(first.headers.get('www-authenticate'));
  const resource = await json(challenge.resource_metadata, { headers });
  if (resource.resource !== mcpURL) throw new Error(`metadata names the resource ${resource.resource}, not ${mcpURL}`);
  const server = await authorizationServer(resource.authorization_servers[0], headers);
  return { challenge, resource, server };
}

// The three places where metadata of an issuer may be, in the order of the specification.
export async function authorizationServer(issuer, headers = {}) {
  const { origin, pathname } = new URL(issuer);
  const path = pathname === '/' ? '' : pathname.replace(/\/$/, '');
  const places = [`${origin}/.well-known/oauth-authorization-server${path}`, `${origin}/.well-known/openid-configuration${path}`, `${origin}${path}/.well-known/openid-configuration`];
  for (const place of places) {
    const response = await fetch(place, { headers });
    if (!response.ok) {
      await response.arrayBuffer();
      continue;
    }
    const metadata = await response.json();
    if (metadata.issuer !== issuer) throw new Error(`${place} names the issuer ${metadata.issuer}, not ${issuer}`);
    return metadata;
  }
  throw new Error(`no authorization-server metadata for ${issuer}: tried ${places.join(', ')}`);
}

export function parseChallenge(header) {
  if (!header) throw new Error('no WWW-Authenticate header');
  if (!header.startsWith('Bearer ')) throw new Error(`challenge is not of the scheme Bearer: ${header}`);
  return Object.fromEntries([...header.matchAll(/([a-z_]+)="([^"]*)"/g)].map((m) => [m[1], m[2]]));
}

export function register(server, metadata) {
  return json(server.registration_endpoint, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(metadata) }, 'registration');
}

// Signs a person in and returns the token response. `client` is a registration answer, or {client_id} alone.
export async function signIn(server, client, browser, { redirectURI, scope, resource, prompt }) {
  const verifier = randomBytes(48).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const url = new URL(server.authorization_endpoint);
  const query = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectURI,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
    scope,
    resource,
    prompt,
  };
  for (const [k, v] of Object.entries(query)) if (v) url.searchParams.set(k, v);
  const callback = await browser.authorize(url, redirectURI);
  const answer = callback.searchParams;
  if (answer.get('error')) throw new OAuthError('authorization', 302, Object.fromEntries(answer));
  if (answer.get('state') !== state) throw new Error('the redirect carries another state');
  if (server.authorization_response_iss_parameter_supported && answer.get('iss') !== server.issuer) {
    throw new Error(`the redirect carries iss=${answer.get('iss')}, not ${server.issuer}`);
  }
  return token(server, client, { grant_type: 'authorization_code', code: answer.get('code'), redirect_uri: redirectURI, code_verifier: verifier, resource });
}

export function refresh(server, client, refreshToken, { scope, resource } = {}) {
  return token(server, client, { grant_type: 'refresh_token', refresh_token: refreshToken, scope, resource });
}

function token(server, client, parameters) {
  return form(server.token_endpoint, client, parameters, `token endpoint, ${parameters.grant_type}`);
}

export function introspect(server, client, accessToken) {
  return form(server.introspection_endpoint, client, { token: accessToken }, 'introspection');
}

// Posts a form with the client authentication that its registration answer names.
function form(endpoint, client, parameters, what) {
  const body = new URLSearchParams();
  for (const [k, v] of Object.entries(parameters)) if (v) body.set(k, v);
  const headers = {};
  const method = client.token_endpoint_auth_method ?? (client.client_secret ? 'client_secret_basic' : 'none');
  if (method === 'client_secret_basic') {
    const pair = [client.client_id, client.client_secret].map((s) => encodeURIComponent(s)).join(':');
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  } else {
    body.set('client_id', client.client_id);
    if (method === 'client_secret_post') body.set('client_secret', client.client_secret);
  }
  return json(endpoint, { method: 'POST', headers, body }, what);
}

// The claims of a JWT, unverified: for looking at what a provider put there.
export function claims(jwt) {
  return JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString());
}

export function header(jwt) {
  return JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url').toString());
}

// Those of clients that the suite has no program of: ChatGPT's is inferred from its documentation, Cursor's was reported.
export function hostedRegistrations() {
  const code = { token_endpoint_auth_method: 'none', response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'] };
  return {
    ChatGPT: { client_name: 'ChatGPT', redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'], ...code },
    'ChatGPT, one connector': { client_name: 'ChatGPT', redirect_uris: ['https://chatgpt.com/connector/oauth/V1StGXR8Z5jd'], ...code },
    Cursor: { client_name: 'Cursor', redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback', 'https://www.cursor.com/agents/mcp/oauth/callback', 'http://localhost:8787/callback'], ...code },
  };
}

// The registration requests that real clients send to this server. `scopes` is the first challenge's.
export function registrations(server, scopes, port = 33211) {
  const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';
  const code = { response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'] };
  return {
    'hosted Claude': { client_name: 'Claude', token_endpoint_auth_method: 'client_secret_post', redirect_uris: ['https://claude.ai/api/mcp/auth_callback'], ...code },
    'Claude Code': { client_name: 'Claude Code (coda)', token_endpoint_auth_method: 'none', redirect_uris: [`http://localhost:${port}/callback`], ...code },
    'VS Code': {
      client_name: 'Visual Studio Code',
      client_uri: 'https://code.visualstudio.com',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: [`http://127.0.0.1:${port}/`, 'http://127.0.0.1/', 'http://127.0.0.1:33418/', 'https://vscode.dev/redirect', 'https://insiders.vscode.dev/redirect'],
      ...code,
      grant_types: [...code.grant_types, ...(server.grant_types_supported?.includes(deviceCode) ? [deviceCode] : [])],
      scope: scopes,
    },
    Inspector: { client_name: 'MCP Inspector', token_endpoint_auth_method: 'none', redirect_uris: [`http://127.0.0.1:${port}/oauth/callback`], ...code, scope: scopes },
    'TypeScript SDK': { client_name: 'sdk example', token_endpoint_auth_method: 'none', redirect_uris: [`http://localhost:${port}/callback`], ...code, scope: scopes },
  };
}
