// A real Keycloak with the realm of deploy/keycloak, behind TLS, and the gateway with the file that its README shows.
import http from 'node:http';
import { readFileSync } from 'node:fs';
import { call, mcp, words } from '../lib/mcp.mjs';
import * as oauth from '../lib/oauth.mjs';
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { browser, BY_HAND, configuration, gateway, keycloakFile, PASSWORD, PUBLIC_URL as URL_, tokens } from '../world.mjs';
import { ownToken, rows as ofAccounts, serviceAccount } from './keycloak-accounts.mjs';

const REALM = 'https://id.example.com/realms/company';
const ALL = 'coda:read coda:write';
const CLIENT_HOST = 'https://client.example.com';
const repository = process.env.E2E_REPOSITORY;

const names = {
  readme: 'README shows gateway.yaml as it is',
  again: 'setup.sh again changes nothing',
  bodies: (name) => `registers as ${name}, all claims, call`,
  hosted: 'hosted Claude from 401 to call, refresh',
  stepUp: 'step-up to write, client "claude"',
  document: 'client-ID metadata document',
  hostedDocument: 'hosted Claude’s own document',
  rotation: 'keys rotate while calls go on',
  reader: 'bob may read, is told why not write',
  notRound: 'smallest file: bob signs in again, is told in words',
  nobody: 'eve has no role: no tools, told why',
  audience: 'token for another audience',
  disabled: 'disabled person, not_before',
  introspection: 'introspection with a confidential client',
  admin: 'carol reaches coda:admin, ada does not',
  authority: 'private authority by ca_file and KEYCLOAK_CA',
  strangers: 'registration from elsewhere is refused',
  pkce: 'no sign-in without PKCE',
  ...ofAccounts,
};
const clients = ['hosted Claude', 'Claude Code', 'VS Code', 'Inspector', 'TypeScript SDK', 'ChatGPT', 'ChatGPT, one connector', 'Cursor'];
const rows = Object.values(names).flatMap((n) => (typeof n === 'function' ? clients.map(n) : [n]));
const columns = { plain: 'default features', featured: 'resource-indicators, cimd' };
export const wanted = { Keycloak: { rows, columns: Object.values(columns) } };

export async function keycloakSuite(report, server, variant) {
  const column = columns[variant];
  const cell = (row, f) => report.cell('Keycloak', row, column, f);
  let gate = await gateway(keycloakFile());
  const restart = async (text) => {
    await gate.stop();
    gate = await gateway(text);
  };
  const metadata = await oauth.authorizationServer(REALM);

  await cell(names.readme, () => {
    const readme = readFileSync(`${repository}/deploy/keycloak/README.md`, 'utf8');
    check(readme.includes(readFileSync(`${repository}/deploy/keycloak/gateway.yaml`, 'utf8')), 'README.md does not contain gateway.yaml');
  });
  await cell(names.again, () => {
    for (const [realm, url] of Object.entries(server.resources)) {
      const changes = server.setup(realm, url).split('\n').filter((l) => l && !l.startsWith('unchanged'));
      equal(changes, [], `what setup.sh changed in ${realm}`);
    }
  });
  for (const [name, body] of Object.entries({ ...oauth.registrations(metadata, ALL), ...oauth.hostedRegistrations() })) await cell(names.bodies(name), () => registers(metadata, body));
  await cell(names.hosted, hostedClaude);
  await cell(names.stepUp, () => stepUp(metadata));
  await cell(names.document, () => clientDocument(server, metadata, variant));
  await cell(names.hostedDocument, () => hostedDocument(metadata, variant));
  await cell(names.rotation, () => rotation(server));
  await cell(names.reader, reader);
  await cell(names.notRound, () => notRound(restart));
  await cell(names.nobody, nobody);
  await cell(names.audience, () => otherAudience(server, metadata));
  await cell(names.disabled, () => disabled(server, restart));
  await cell(names.introspection, () => introspection(server, metadata, restart));
  await cell(names.admin, () => administrators(server, restart));
  await cell(names.authority, () => privateAuthority(server, async (text, env) => {
    await gate.stop();
    gate = await gateway(text, env);
  }));
  await cell(names.strangers, () => strangers(metadata));
  await cell(names.pkce, () => withoutPKCE(metadata));
  await cell(names.service, () => serviceAccount(server, metadata, restart));
  if (names.connect) await cell(names.connect, () => ownToken(server, restart));
  await gate.stop();
}

async function good(token, what) {
  const answer = await call(URL_, token, 'coda_find_docs');
  equal(answer.status, 200, `${what}: status (${answer.text.slice(0, 300)})`);
  check(answer.result && !answer.result.isError, `${what}: ${answer.text.slice(0, 300)}`);
}

// Whatever the client registered with, the token says who, for what and with which roles.
async function registers(metadata, body) {
  const client = await oauth.register(metadata, body);
  const person = browser('ada');
  const scope = body.scope ?? `${ALL} offline_access`;
  const { access_token, refresh_token } = await oauth.signIn(metadata, client, person, { redirectURI: body.redirect_uris[0], scope, resource: URL_ });
  equal(person.forms, ['sign-in', 'consent'], 'forms shown');
  const complete = (token) => {
    const c = oauth.claims(token);
    check(c.sub, 'no sub');
    equal(c.aud, URL_, 'aud');
    equal(ALL.split(' ').filter((s) => !c.scope.split(' ').includes(s)), [], `missing in scope "${c.scope}"`);
    equal([c.email, c.name, c.preferred_username], ['ada@example.com', 'Ada Example', 'ada'], 'e-mail, name, user name');
    check(c.realm_access?.roles.includes('coda-editor'), `roles: ${JSON.stringify(c.realm_access)}`);
    equal(c.groups, ['/coda-editors'], 'groups');
  };
  complete(access_token);
  await good(access_token, 'a call');
  const refreshed = await oauth.refresh(metadata, client, refresh_token, { resource: URL_ });
  complete(refreshed.access_token);
  await good(refreshed.access_token, 'a call after the refresh');
}

// The sequence and the headers of hosted Claude.
async function hostedClaude() {
  const headers = { 'user-agent': 'python-httpx/0.28.1', 'mcp-protocol-version': '2025-11-25' };
  const { challenge, resource, server } = await oauth.discover(URL_, headers);
  equal(challenge.error, undefined, 'error in the first challenge');
  check(server.code_challenge_methods_supported.includes('S256'), 'S256 is not advertised');
  const body = oauth.registrations(server, ALL)['hosted Claude'];
  const client = await oauth.register(server, body);
  const scope = [challenge.scope, ...(server.scopes_supported.includes('offline_access') ? ['offline_access'] : [])].join(' ');
  const first = await oauth.signIn(server, client, browser('ada'), { redirectURI: body.redirect_uris[0], scope, resource: resource.resource });
  const claude = { headers: { 'user-agent': 'Claude-User' } };
  for (const method of ['server/discover', 'tools/list']) equal((await mcp(URL_, first.access_token, method, {}, claude)).status, 200, method);
  await good(first.access_token, 'a call');
  const second = await oauth.refresh(server, client, first.refresh_token, { resource: resource.resource });
  await good(second.access_token, 'a call after the refresh');
  await fails(() => oauth.refresh(server, client, first.refresh_token), 'invalid_grant', 'a refresh token used twice');
}

async function stepUp(metadata) {
  const person = browser('ada');
  const client = { client_id: 'claude', token_endpoint_auth_method: 'none' };
  const redirectURI = 'https://claude.ai/api/mcp/auth_callback';
  const first = await oauth.signIn(metadata, client, person, { redirectURI, scope: 'coda:read', resource: URL_ });
  const refused = await call(URL_, first.access_token, 'coda_create_doc', { title: 'not yet' });
  equal([refused.status, refused.challenge?.error, refused.challenge?.scope], [403, 'insufficient_scope', ALL], 'answer to a write with coda:read');
  check(refused.challenge.resource_metadata.startsWith('https://mcp.example.com/'), `resource_metadata ${refused.challenge.resource_metadata}`);
  const second = await oauth.signIn(metadata, client, person, { redirectURI, scope: refused.challenge.scope, resource: URL_ });
  const written = await call(URL_, second.access_token, 'coda_create_doc', { title: `Step-up ${Date.now()}` });
  check(written.status === 200 && !written.result.isError, `the write after the step-up: ${written.text.slice(0, 300)}`);
  equal(person.forms, ['sign-in', 'consent', 'consent'], 'forms shown: one sign-in, and consent to what is new');
}

function document(path, grants) {
  const document = { client_id: `${CLIENT_HOST}${path}`, client_name: 'Document', redirect_uris: ['https://client.example.com/callback'], grant_types: grants, response_types: ['code'], token_endpoint_auth_method: 'none' };
  const web = http.createServer((_q, r) => r.setHeader('content-type', 'application/json').end(JSON.stringify(document)));
  return new Promise((resolve) => web.listen(8480, '127.0.0.1', () => resolve({ document, close: () => web.close() })));
}

async function clientDocument(server, metadata, variant) {
  if (variant === 'plain') return equal(metadata.client_id_metadata_document_supported, undefined, 'client_id_metadata_document_supported');
  server.setup('company', URL_, '--cimd');
  equal(metadata.client_id_metadata_document_supported, true, 'client_id_metadata_document_supported');
  const { document: d, close } = await document('/oauth/client.json', ['authorization_code', 'refresh_token']);
  try {
    const client = { client_id: d.client_id, token_endpoint_auth_method: 'none' };
    const { access_token } = await oauth.signIn(metadata, client, browser('ada'), { redirectURI: d.redirect_uris[0], scope: ALL, resource: URL_ });
    equal(oauth.claims(access_token).azp, d.client_id, 'azp');
    await good(access_token, 'a call');
  } finally {
    close();
  }
}

// What README.md warns of: with cimd on, 26.7.5 refuses the grants in hosted Claude's document.
async function hostedDocument(metadata, variant) {
  if (variant === 'plain') return equal(metadata.client_id_metadata_document_supported, undefined, 'client_id_metadata_document_supported');
  const { document: d, close } = await document('/oauth/hosted.json', ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:jwt-bearer']);
  try {
    await fails(() => oauth.signIn(metadata, { client_id: d.client_id }, browser('ada'), { redirectURI: d.redirect_uris[0], scope: ALL, resource: URL_ }), '400 without a form', 'hosted Claude’s document');
  } finally {
    close();
  }
}

// Calls go on with an old token, and with new ones from the moment that there is a new key.
async function rotation(server) {
  const session = await tokens(URL_);
  let going = true;
  let calls = 0;
  const refused = [];
  const loop = (async () => {
    while (going) {
      const answer = await call(URL_, session.access_token, 'coda_whoami');
      calls++;
      if (answer.status !== 200) refused.push(answer.status);
    }
  })();
  const kids = [oauth.header(session.access_token).kid];
  let latest = session;
  for (let round = 1; round <= 3; round++) {
    await server.admin.send('POST', '/company/components', {
      name: `rotated-${Date.now()}`,
      providerId: 'rsa-generated',
      providerType: 'org.keycloak.keys.KeyProvider',
      config: { priority: [String(1000 + round + Math.floor(Date.now() / 1000))], enabled: ['true'], active: ['true'], keySize: ['2048'], algorithm: ['RS256'] },
    });
    latest = await oauth.refresh(session.server, session.client, latest.refresh_token, { resource: URL_ });
    kids.push(oauth.header(latest.access_token).kid);
    await good(latest.access_token, `a call right after rotation ${round}`);
    await good(session.access_token, `a call with the old token after rotation ${round}`);
  }
  going = false;
  await loop;
  equal(new Set(kids).size, 4, `different keys (${kids})`);
  equal(refused, [], `refused among ${calls} calls`);
}

async function reader() {
  const { access_token } = await tokens(URL_, { user: 'bob' });
  check(!oauth.claims(access_token).scope.includes('coda:write'), 'Keycloak gave bob coda:write');
  await good(access_token, 'bob reading');
  const listed = (await mcp(URL_, access_token, 'tools/list')).result.tools.map((t) => t.name);
  check(listed.includes('coda_find_docs') && !listed.includes('coda_create_doc'), `bob sees ${listed}`);
  const refused = await call(URL_, access_token, 'coda_create_doc', { title: 'no' });
  equal([refused.status, refused.result?.isError], [200, true], `bob writing (${refused.text.slice(0, 300)})`);
  check(/role/i.test(words(refused.result)) && words(refused.result).includes('coda-editor'), `bob is told: ${words(refused.result)}`);
}

// The README's smallest file knows no roles: bob, to whom Keycloak never gives coda:write, is asked for it once.
async function notRound(restart) {
  await restart(configuration('TLS', { url: REALM, provider: 'keycloak' }));
  try {
    const session = await tokens(URL_, { user: 'bob' });
    const write = (token) => call(URL_, token, 'coda_create_doc', { title: 'no' });
    const first = await write(session.access_token);
    equal([first.status, first.challenge?.error], [403, 'insufficient_scope'], 'answer to the first token');
    await new Promise((resolve) => setTimeout(resolve, 2100)); // iat counts in seconds, and has to be more than one later
    const again = await oauth.signIn(session.server, session.client, session.browser, { redirectURI: session.client.redirect_uris?.[0] ?? 'http://localhost:33210/callback', scope: ALL, resource: URL_ });
    const second = await write(again.access_token);
    equal([second.status, second.result?.isError], [200, true], `answer to the second token (${second.text.slice(0, 300)})`);
    check(words(second.result).includes('coda:write'), `bob is told: ${words(second.result)}`);
  } finally {
    await restart(keycloakFile());
  }
}

async function nobody() {
  const { access_token } = await tokens(URL_, { user: 'eve' });
  const listed = await mcp(URL_, access_token, 'tools/list');
  equal([listed.status, listed.result?.tools], [200, []], `eve's tools (${listed.text.slice(0, 200)})`);
  const refused = await call(URL_, access_token, 'coda_find_docs');
  equal([refused.status, refused.result?.isError], [200, true], `eve reading (${refused.text.slice(0, 300)})`);
  check(/role/i.test(words(refused.result)), `eve is told: ${words(refused.result)}`);
}

// Tokens that Keycloak signs for somebody else, or for nobody.
async function otherAudience(server, metadata) {
  const id = `other-${Date.now()}`;
  const redirectURI = 'https://other.example.com/callback';
  const audience = { name: 'audience', protocol: 'openid-connect', protocolMapper: 'oidc-audience-mapper', config: { 'included.custom.audience': 'https://other.example.com/api', 'access.token.claim': 'true' } };
  await server.admin.send('POST', '/company/clients', { clientId: id, publicClient: true, standardFlowEnabled: true, redirectUris: [redirectURI], protocolMappers: [audience] });
  const { access_token } = await oauth.signIn(metadata, { client_id: id, token_endpoint_auth_method: 'none' }, browser('ada'), { redirectURI, scope: 'openid' });
  equal([oauth.claims(access_token).aud].flat().includes('https://other.example.com/api'), true, 'aud');
  const answer = await call(URL_, access_token, 'coda_whoami');
  equal([answer.status, answer.challenge?.error], [401, 'invalid_token'], 'answer to a token for another audience');
}

async function disabled(server, restart) {
  const session = await tokens(URL_, { user: 'bob' });
  await good(session.access_token, 'bob before');
  const [{ id }] = await server.admin.send('GET', '/company/users?exact=true&username=bob');
  await server.admin.send('PUT', `/company/users/${id}`, { enabled: false });
  try {
    await fails(() => oauth.refresh(session.server, session.client, session.refresh_token), 'invalid_grant', 'refresh of a disabled person');
    const cut = new Date((oauth.claims(session.access_token).iat + 1) * 1000).toISOString();
    await restart(keycloakFile().replace('    provider: keycloak\n', `    provider: keycloak\n    not_before: ${JSON.stringify(cut)}\n`));
    const answer = await call(URL_, session.access_token, 'coda_whoami');
    equal([answer.status, answer.challenge?.error], [401, 'invalid_token'], 'answer to a token from before not_before');
  } finally {
    await server.admin.send('PUT', `/company/users/${id}`, { enabled: true });
  }
  await new Promise((resolve) => setTimeout(resolve, 1100)); // iat counts in seconds
  await good((await tokens(URL_, { user: 'bob' })).access_token, 'bob with a newer token');
  await restart(keycloakFile());
}

// Keycloak under a name where nothing tells the gateway its keys: what the gateway cannot read it has to ask about.
async function introspection(server, metadata, restart) {
  const secret = server.setup('company', URL_, '--secret').trim();
  const opaque = JSON.parse(JSON.stringify(metadata).replaceAll('https://id.example.com/', 'https://opaque.example.com/'));
  const issuer = {
    url: opaque.issuer,
    provider: 'keycloak',
    introspection: { client_id: URL_, client_secret: secret, endpoint: opaque.introspection_endpoint },
  };
  await restart(configuration('TLS', issuer));
  const redirectURI = BY_HAND.redirect_uris[0];
  const client = { client_id: BY_HAND.client_id, token_endpoint_auth_method: 'none' };
  const signIn = () => oauth.signIn(opaque, client, browser('ada'), { redirectURI, scope: ALL, resource: URL_ });
  const first = await signIn();
  equal(oauth.claims(first.access_token).iss, opaque.issuer, 'iss');
  await good(first.access_token, 'a call with an introspected token');
  const who = words((await call(URL_, first.access_token, 'coda_whoami')).result);
  check(who.length > 0, 'coda_whoami says nothing');
  const second = await signIn();
  await run('curl', ['--silent', '--fail', opaque.revocation_endpoint, '--data', `client_id=${client.client_id}`, '--data', `token=${second.access_token}`]);
  const answer = await call(URL_, second.access_token, 'coda_whoami');
  equal([answer.status, answer.challenge?.error], [401, 'invalid_token'], 'answer to a revoked token');
  await restart(keycloakFile());
}

// A role of one's own opens coda:admin; who lacks it is given the rest of what was asked for.
async function administrators(server, restart) {
  const ask = `${ALL} coda:admin`;
  const found = await server.admin.send('GET', '/company/users?exact=true&username=carol');
  if (!found.length) {
    const credentials = [{ type: 'password', value: PASSWORD, temporary: false }];
    await server.admin.send('POST', '/company/users', { username: 'carol', enabled: true, email: 'carol@example.com', emailVerified: true, firstName: 'Carol', lastName: 'Example', credentials });
  }
  const [{ id }] = await server.admin.send('GET', '/company/users?exact=true&username=carol');
  await server.admin.send('POST', `/company/users/${id}/role-mappings/realm`, [await server.admin.send('GET', '/company/roles/coda-admin')]);
  await restart(keycloakFile(`scopes: {supported: ${JSON.stringify(ask.split(' '))}}\n`));
  const { challenge } = await oauth.discover(URL_);
  equal(challenge.scope, ask, 'scope of the challenge');
  const scopes = async (user) => {
    const { access_token } = await tokens(URL_, { user, scope: ask });
    await good(access_token, `${user} calling`);
    const { scope, realm_access } = oauth.claims(access_token);
    return [ask.split(' ').filter((s) => scope.split(' ').includes(s)).join(' '), realm_access.roles.includes('coda-admin')];
  };
  equal(await scopes('carol'), [ask, true], 'scopes of carol, and whether she has the role');
  equal(await scopes('ada'), [ALL, false], 'scopes of ada, and whether she has the role');
  await restart(keycloakFile());
}

// Nothing on the machine knows the authority: the gateway has it by its file, the script by KEYCLOAK_CA.
async function privateAuthority(server, restart) {
  const ca = process.env.SSL_CERT_FILE;
  server.setupEnvironment = { KEYCLOAK_URL: 'https://id.example.com', KEYCLOAK_CA: ca, CURL_CA_BUNDLE: '/dev/null' };
  try {
    const changes = server.setup('company', URL_).split('\n').filter((l) => l && !l.startsWith('unchanged'));
    equal(changes, [], 'what setup.sh changed');
  } finally {
    server.setupEnvironment = {};
  }
  const session = await tokens(URL_);
  const alone = { SSL_CERT_FILE: '/dev/null' };
  await restart(keycloakFile().replace('    provider: keycloak\n', `    provider: keycloak\n    ca_file: ${ca}\n`), alone);
  await good(session.access_token, 'a call with ca_file');
  await restart(keycloakFile());
}

async function strangers(metadata) {
  const body = { ...oauth.registrations(metadata, ALL)['hosted Claude'], redirect_uris: ['https://evil.example.net/callback'] };
  await fails(() => oauth.register(metadata, body), 'Trusted Hosts', 'a redirect to elsewhere');
  const scoped = { ...oauth.registrations(metadata, ALL).Inspector, scope: 'openid coda:read' };
  await fails(() => oauth.register(metadata, scoped), 'Allowed Client Scopes', 'openid in the registration');
}

async function withoutPKCE(metadata) {
  const url = new URL(metadata.authorization_endpoint);
  const query = { response_type: 'code', client_id: BY_HAND.client_id, redirect_uri: BY_HAND.redirect_uris[0], scope: 'coda:read', state: 'x' };
  for (const [k, v] of Object.entries(query)) url.searchParams.set(k, v);
  const callback = await browser('ada').authorize(url, query.redirect_uri);
  equal(callback.searchParams.get('error'), 'invalid_request', 'error');
}

async function fails(f, words, what) {
  const error = await f().then(
    () => undefined,
    (e) => e,
  );
  check(error, `${what} went through`);
  check(error.message.includes(words), `${what}: want "${words}", got ${error.message}`);
}
