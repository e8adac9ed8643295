// The second identity provider: oidc-provider with resource indicators (RFC 8707), JWT (RFC 9068) or opaque access tokens,
// introspection, dynamic registration, client-ID metadata documents and keys that can be rotated while it runs.
//
//   node oidc-provider.mjs ISSUER PORT RESOURCE CLIENT
//
// CLIENT is a public client that an administrator made by hand, as JSON. Control, on PORT+10: POST /settings {"format":"jwt"|"opaque","alg":"ES256"|"EdDSA"|"RS256"}; POST /rotate makes new keys
// and signs with them at once, while the old ones stay published; POST /retire withdraws the old ones.
import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import Provider, { errors } from 'oidc-provider';

const [issuer, port, resource, byHand] = process.argv.slice(2);
const listen = Number(port);
const settings = { format: 'jwt', alg: 'ES256' };
const SCOPES = ['coda:read', 'coda:write', 'coda:admin'];
const PEOPLE = {
  ada: { email: 'ada@example.com', name: 'Ada Example', roles: ['coda-editor'] },
  bob: { email: 'bob@example.com', name: 'Bob Example', roles: ['coda-reader'] },
  eve: { email: 'eve@example.com', name: 'Eve Example', roles: [] },
};

// The gateway's own client, for introspection.
const CLIENTS = {
  introspects: { client_id: 'gateway', client_secret: 'introspection-secret-of-the-suite', redirect_uris: [], response_types: [], grant_types: [] },
  byHand: { ...JSON.parse(byHand), token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
};

let generation = 0;
let keys = [];

function newKeys() {
  generation++;
  const pair = (type, options, alg) => {
    const { privateKey } = generateKeyPairSync(type, options);
    return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg, kid: `${alg.toLowerCase()}-${generation}` };
  };
  return [pair('rsa', { modulusLength: 2048 }, 'RS256'), pair('ec', { namedCurve: 'P-256' }, 'ES256'), pair('ed25519', {}, 'EdDSA')];
}

function provider() {
  const p = new Provider(issuer, {
    jwks: { keys },
    clients: Object.values(CLIENTS),
    scopes: ['openid', 'offline_access', ...SCOPES],
    claims: { openid: ['sub'] },
    cookies: { keys: ['cookie-key-of-the-suite'] },
    pkce: { required: () => true },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    async findAccount(_ctx, id) {
      return PEOPLE[id] && { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) };
    },
    extraTokenClaims: (_ctx, token) => PEOPLE[token.accountId] && { ...PEOPLE[token.accountId], email_verified: true },
    features: {
      devInteractions: { enabled: true },
      registration: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02', allowFetch: () => true, allowClient: () => true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        defaultResource: (_ctx, _client, oneOf) => oneOf ?? resource,
        getResourceServerInfo(_ctx, indicator) {
          if (indicator !== resource && indicator !== `${resource}-of-somebody-else`) throw new errors.InvalidTarget();
          return { scope: SCOPES.join(' '), audience: indicator, accessTokenTTL: 300, accessTokenFormat: settings.format, jwt: { sign: { alg: settings.alg } } };
        },
      },
    },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
    // Without the guard against private addresses: the suite's metadata documents are on loopback.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    ttl: { Session: 600, Interaction: 600, Grant: 3600, RefreshToken: 3600, IdToken: 300 },
  });
  p.proxy = true; // X-Forwarded-* of the TLS proxy in front; it listens on loopback only
  return p.callback();
}

keys = newKeys();
let handler = provider();
http.createServer((q, r) => handler(q, r)).listen(listen, '127.0.0.1');

http
  .createServer(async (q, r) => {
    let body = '';
    for await (const chunk of q) body += chunk;
    if (q.url === '/settings') Object.assign(settings, JSON.parse(body));
    if (q.url === '/rotate') keys = [...newKeys(), ...keys];
    if (q.url === '/retire') keys = keys.slice(0, 3);
    handler = provider(); // sessions, grants and clients live in the adapter's memory and outlast the instance
    r.setHeader('content-type', 'application/json');
    r.end(JSON.stringify({ ...settings, kids: keys.map((k) => k.kid) }));
  })
  .listen(listen + 10, '127.0.0.1', () => console.log(`oidc-provider for ${resource} at ${issuer}`));
