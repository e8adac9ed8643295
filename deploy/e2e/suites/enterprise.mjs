// Enterprise-managed authorization: Claude has the person's ID-JAG from the company's provider, and Keycloak, the
// authorization server of the gateway, redeems it without anybody signing in. Here we are both Claude and that provider.
import http from 'node:http';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { call, mcp, words } from '../lib/mcp.mjs';
import * as oauth from '../lib/oauth.mjs';
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { gateway, keycloakFile, PUBLIC_URL, writeConfiguration } from '../world.mjs';

const REALM = 'https://id.example.com/realms/company';
const ISSUER = 'https://idp.example.com';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const CLIENT = { client_id: 'claude-enterprise', client_secret: randomUUID(), token_endpoint_auth_method: 'client_secret_post' };
const ALL = 'coda:read coda:write';

const names = {
  offered: 'the grant is offered, and check --online says so',
  call: 'ID-JAG, token, tool call, nobody signs in',
  claims: 'claims as after a sign-in, no refresh token',
  reader: 'bob may read, is told why not write',
  refused: 'ID-JAGs that are not good are refused',
  disabled: 'a disabled person gets no further token',
};
const column = 'Keycloak 26.7.5';
export const wanted = { 'Enterprise-managed authorization': { rows: Object.values(names), columns: [column] } };

export async function enterprise(report, server) {
  const cell = (row, f) => report.cell('Enterprise-managed authorization', row, column, f);
  const idp = await companyProvider();
  const gate = await gateway(keycloakFile());
  const metadata = await oauth.authorizationServer(REALM);
  const people = await arrange(server.admin);
  const redeem = (assertion, scope = ALL) =>
    oauth.json(metadata.token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: GRANT, assertion, scope, client_id: CLIENT.client_id, client_secret: CLIENT.client_secret }),
    });

  await cell(names.offered, () => offered(metadata));
  await cell(names.call, async () => {
    const { access_token } = await redeem(idp.assertion({ sub: people.ada }));
    const answer = await call(PUBLIC_URL, access_token, 'coda_find_docs');
    equal([answer.status, answer.result?.isError ?? false], [200, false], `a call (${answer.text.slice(0, 300)})`);
    const written = await call(PUBLIC_URL, access_token, 'coda_create_doc', { title: 'Made without a sign-in' });
    equal([written.status, written.result?.isError ?? false], [200, false], `a write (${written.text.slice(0, 300)})`);
  });
  await cell(names.claims, async () => {
    const answer = await redeem(idp.assertion({ sub: people.ada }));
    equal(answer.refresh_token, undefined, 'refresh_token');
    const c = oauth.claims(answer.access_token);
    equal([c.iss, c.aud, c.azp, c.email], [REALM, PUBLIC_URL, CLIENT.client_id, 'ada@example.com'], 'iss, aud, azp, email');
    check(c.sub && c.realm_access?.roles.includes('coda-editor'), `sub and roles: ${JSON.stringify(c)}`);
  });
  await cell(names.reader, async () => {
    const { access_token } = await redeem(idp.assertion({ sub: people.bob }));
    equal((await call(PUBLIC_URL, access_token, 'coda_find_docs')).status, 200, 'bob reading');
    const refused = await call(PUBLIC_URL, access_token, 'coda_create_doc', { title: 'no' });
    check(refused.result?.isError && words(refused.result).includes('coda-editor'), `bob is told: ${refused.text.slice(0, 300)}`);
  });
  await cell(names.refused, () => refusals(idp, people, redeem));
  await cell(names.disabled, async () => {
    const [{ id }] = await server.admin.send('GET', '/company/users?exact=true&username=bob');
    await server.admin.send('PUT', `/company/users/${id}`, { enabled: false });
    await fails(() => redeem(idp.assertion({ sub: people.bob })), 'User is not enabled');
  });
  await gate.stop();
  idp.close();
}

// What deploy/keycloak/README.md tells to do: the company's provider, Claude's client, and who is who.
async function arrange(admin) {
  await admin.send('POST', '/company/identity-provider/instances', {
    alias: 'claude',
    providerId: 'jwt-authorization-grant',
    enabled: true,
    config: { issuer: ISSUER, useJwksUrl: 'true', jwksUrl: `${ISSUER}/jwks`, jwtAuthorizationGrantEnabled: 'true' },
  });
  await admin.send('POST', '/company/clients', {
    clientId: CLIENT.client_id,
    secret: CLIENT.client_secret,
    publicClient: false,
    standardFlowEnabled: false,
    fullScopeAllowed: false,
    attributes: { 'oauth2.jwt.authorization.grant.enabled': 'true', 'oauth2.jwt.authorization.grant.idp': 'claude' },
  });
  const subjects = {};
  for (const username of ['ada', 'bob']) {
    const [{ id }] = await admin.send('GET', `/company/users?exact=true&username=${username}`);
    subjects[username] = `00u-${username}`;
    await admin.send('POST', `/company/users/${id}/federated-identity/claude`, { identityProvider: 'claude', userId: subjects[username], userName: username });
  }
  return subjects;
}

async function offered(metadata) {
  check(metadata.grant_types_supported.includes(GRANT), `grant_types_supported: ${metadata.grant_types_supported}`);
  const { file, env } = writeConfiguration(keycloakFile());
  const { stdout, code } = await run(`${process.env.E2E_BIN}/coda-gateway`, ['check', '--config', file, '--online'], { env });
  equal(code, 0, 'exit code of check --online');
  check(/ok +enterprise-managed authorization: offered/.test(stdout), `check --online says nothing of it:\n${stdout.slice(-1500)}`);
}

async function refusals(idp, people, redeem) {
  const good = { sub: people.ada };
  for (const [what, assertion, reason] of [
    ['another client', idp.assertion({ ...good, client_id: 'somebody-else' }), 'client'],
    ['for another authorization server', idp.assertion({ ...good, aud: 'https://other.example.com' }), 'audience'],
    ['expired', idp.assertion({ ...good, iat: now() - 900, exp: now() - 600 }), 'Token'],
    ['issued long ago', idp.assertion({ ...good, iat: now() - 900, exp: now() + 600 }), 'too far in the past'],
    ['a stranger', idp.assertion({ sub: '00u-nobody' }), 'User not found'],
    ['another issuer', idp.assertion({ ...good, iss: 'https://evil.example.com' }), 'No Identity Provider'],
    ['a key of somebody else', (await companyProvider({ silent: true })).assertion(good), 'signature'],
  ]) {
    await fails(() => redeem(assertion), reason, what);
  }
  const once = idp.assertion(good);
  await redeem(once);
  await fails(() => redeem(once), 'reuse', 'used twice');
}

const now = () => Math.floor(Date.now() / 1000);

// The company's provider, as far as Keycloak sees it: its keys, and what it signs for Claude.
async function companyProvider({ silent = false } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'company-1', alg: 'ES256', use: 'sig' };
  const server = http.createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  if (!silent) await new Promise((resolve) => server.listen(8680, '127.0.0.1', resolve));
  const assertion = (claims) => {
    const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
    const payload = { iss: ISSUER, aud: REALM, client_id: CLIENT.client_id, resource: PUBLIC_URL, scope: ALL, jti: randomUUID(), iat: now(), exp: now() + 120, ...claims };
    const text = `${part({ alg: 'ES256', typ: 'oauth-id-jag+jwt', kid: jwk.kid })}.${part(payload)}`;
    return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  return { assertion, close: () => server.close() };
}

async function fails(f, reason, what = reason) {
  const error = await f().then(
    () => undefined,
    (e) => e,
  );
  check(error, `${what} went through`);
  check(error.message.toLowerCase().includes(reason.toLowerCase()), `${what}: want "${reason}", got ${error.message}`);
}
