// The second provider, behind TLS: other algorithms, opaque tokens, its own ideas about registration and resources.
import http from 'node:http';
import { call } from '../lib/mcp.mjs';
import * as oauth from '../lib/oauth.mjs';
import { check, equal } from '../lib/report.mjs';
import { browser, configuration, gateway, oidcProvider, PUBLIC_URL as URL_, tokens } from '../world.mjs';

const ISSUER = 'https://op.example.com';
const ALL = 'coda:read coda:write';
const clients = ['hosted Claude', 'Claude Code', 'VS Code', 'Inspector', 'TypeScript SDK'];
const algorithms = ['RS256', 'ES256', 'EdDSA'];
const rows = [
  ...clients.map((c) => `registers as ${c}, call, refresh`),
  ...algorithms.map((a) => `${a} access tokens`),
  'opaque tokens by introspection, beside JWTs',
  'revoked opaque token',
  'client-ID metadata document',
  'keys rotate while calls go on',
  'token for another resource',
  'unknown resource',
];
export const wanted = { 'oidc-provider': { rows, columns: ['result'] } };

export async function oidcProviderSuite(report) {
  const cell = (row, f) => report.cell('oidc-provider', row, 'result', f);
  const provider = await oidcProvider('TLS');
  const issuer = { url: ISSUER, token_type: 'at+jwt', introspection: { client_id: 'gateway', client_secret: '${env:INTROSPECTION_SECRET}' } };
  process.env.INTROSPECTION_SECRET = 'introspection-secret-of-the-suite';
  const gate = await gateway(configuration('TLS', issuer));
  const metadata = await oauth.authorizationServer(ISSUER);

  for (const [name, body] of Object.entries(oauth.registrations(metadata, ALL))) {
    await cell(`registers as ${name}, call, refresh`, async () => {
      const client = await oauth.register(metadata, body);
      const first = await oauth.signIn(metadata, client, browser('ada'), { redirectURI: body.redirect_uris[0], scope: ALL, resource: URL_ });
      const c = oauth.claims(first.access_token);
      equal([c.sub, c.aud, c.scope, c.email, c.roles], ['ada', URL_, ALL, 'ada@example.com', ['coda-editor']], 'claims');
      await good(first.access_token, 'a call');
      await good((await oauth.refresh(metadata, client, first.refresh_token, { resource: URL_ })).access_token, 'a call after the refresh');
    });
  }
  for (const alg of algorithms) {
    await cell(`${alg} access tokens`, async () => {
      await provider.control('/settings', { format: 'jwt', alg });
      const { access_token } = await tokens(URL_);
      equal(oauth.header(access_token).alg, alg, 'alg');
      await good(access_token, 'a call');
    });
  }
  await cell('opaque tokens by introspection, beside JWTs', async () => {
    const jwt = await tokens(URL_);
    await provider.control('/settings', { format: 'opaque' });
    const opaque = await tokens(URL_);
    equal(opaque.access_token.includes('.'), false, 'a dot in the opaque token');
    for (const t of [jwt, opaque, jwt, opaque]) await good(t.access_token, 'a call');
    const reading = await tokens(URL_, { scope: 'coda:read' });
    const refused = await call(URL_, reading.access_token, 'coda_create_doc', { title: 'no' });
    equal([refused.status, refused.challenge?.error], [403, 'insufficient_scope'], 'a write with coda:read');
  });
  await cell('revoked opaque token', async () => {
    const session = await tokens(URL_);
    const body = new URLSearchParams({ client_id: session.client.client_id, token: session.access_token });
    equal((await fetch(metadata.revocation_endpoint, { method: 'POST', body })).status, 200, 'status of the revocation');
    const answer = await call(URL_, session.access_token, 'coda_whoami');
    equal([answer.status, answer.challenge?.error], [401, 'invalid_token'], 'answer to a revoked token');
  });
  await provider.control('/settings', { format: 'jwt', alg: 'ES256' });
  await cell('client-ID metadata document', () => clientDocument(metadata));
  await cell('keys rotate while calls go on', () => rotation(provider));
  await cell('token for another resource', async () => {
    const other = `${URL_}-of-somebody-else`;
    const { access_token } = await signInFor(metadata, other);
    equal(oauth.claims(access_token).aud, other, 'aud');
    const answer = await call(URL_, access_token, 'coda_whoami');
    equal([answer.status, answer.challenge?.error], [401, 'invalid_token'], 'answer');
  });
  await cell('unknown resource', async () => {
    const error = await signInFor(metadata, 'https://unknown.example.com/').then(
      () => undefined,
      (e) => e,
    );
    equal(error?.code, 'invalid_target', `error (${error?.message})`);
  });
  await gate.stop();
  await provider.stop();
}

async function signInFor(metadata, resource) {
  const body = oauth.registrations(metadata, ALL)['Claude Code'];
  const client = await oauth.register(metadata, body);
  return oauth.signIn(metadata, client, browser('ada'), { redirectURI: body.redirect_uris[0], scope: ALL, resource });
}

async function good(token, what) {
  const answer = await call(URL_, token, 'coda_find_docs');
  check(answer.status === 200 && answer.result && !answer.result.isError, `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
}

async function clientDocument(metadata) {
  equal(metadata.client_id_metadata_document_supported, true, 'client_id_metadata_document_supported');
  const redirectURI = 'https://client.example.com/callback';
  const client = { client_id: 'https://client.example.com/oauth/client.json', token_endpoint_auth_method: 'none' };
  const document = { ...client, client_name: 'Document', redirect_uris: [redirectURI], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] };
  const web = http.createServer((_q, r) => r.setHeader('content-type', 'application/json').end(JSON.stringify(document)));
  await new Promise((resolve) => web.listen(8480, '127.0.0.1', resolve));
  try {
    const { access_token } = await oauth.signIn(metadata, client, browser('ada'), { redirectURI, scope: ALL, resource: URL_ });
    equal(oauth.claims(access_token).client_id, client.client_id, 'client_id');
    await good(access_token, 'a call');
  } finally {
    web.close();
  }
}

async function rotation(provider) {
  const session = await tokens(URL_);
  let going = true;
  const refused = [];
  const loop = (async () => {
    while (going) {
      const { status } = await call(URL_, session.access_token, 'coda_whoami');
      if (status !== 200) refused.push(status);
    }
  })();
  const kids = [oauth.header(session.access_token).kid];
  for (let round = 1; round <= 3; round++) {
    await provider.control('/rotate');
    const { access_token } = await tokens(URL_);
    kids.push(oauth.header(access_token).kid);
    await good(access_token, `a call right after rotation ${round}`);
    await good(session.access_token, `a call with the old token after rotation ${round}`);
  }
  going = false;
  await loop;
  equal(new Set(kids).size, 4, `different keys (${kids})`);
  equal(refused, [], 'refused calls');
}
