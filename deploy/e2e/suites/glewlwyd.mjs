// Glewlwyd, a provider in C with manners of its own: administered and signed in to by its API, as its own page does.
import { generateKeyPairSync } from 'node:crypto';
import { call, words } from '../lib/mcp.mjs';
import * as oauth from '../lib/oauth.mjs';
import { check, equal } from '../lib/report.mjs';
import { configuration, GLEWLWYD, gateway, glewlwyd, PASSWORD, PUBLIC_URL as URL_ } from '../world.mjs';

const ISSUER = `${GLEWLWYD}/api/oidc`;
const ALL = 'coda:read coda:write';
const CALLBACK = 'https://claude.ai/api/mcp/auth_callback';
const OTHER = 'https://other.example.com/mcp';
const rows = [
  'hosted Claude from 401 to call, refresh',
  'step-up to write, client by hand',
  'bob signs in for write, is told in words',
  'keys rotate while calls go on',
  'token for another resource',
  'token without a resource',
  'public client registers, gets no token',
];
export const wanted = { Glewlwyd: { rows, columns: ['result'] } };

export async function glewlwydSuite(report) {
  const provider = await glewlwyd();
  const admin = new Session();
  await admin.signIn('admin', 'password');
  const plugin = await setUp(admin);
  const gate = await gateway(configuration('TLS', { url: ISSUER, token_type: 'at+jwt' }));
  const metadata = await oauth.authorizationServer(ISSUER);
  const runs = [() => hosted(), () => stepUp(metadata), () => inWords(metadata), () => rotation(admin, plugin, metadata), () => other(metadata), () => without(metadata), () => publicClient(metadata)];
  for (const [i, f] of runs.entries()) await report.cell('Glewlwyd', rows[i], 'result', f);
  await gate.stop();
  await provider.stop();
}

// Somebody with a session at Glewlwyd.
class Session {
  async send(method, path, body) {
    const headers = { cookie: this.cookie ?? '', ...(body ? { 'content-type': 'application/json' } : {}) };
    const response = await fetch(`${GLEWLWYD}/api${path}`, { method, headers, body: body && JSON.stringify(body), redirect: 'manual' });
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    const [cookie] = response.headers.getSetCookie();
    if (cookie) this.cookie = cookie.split(';')[0];
    return response;
  }
  signIn(username, password = PASSWORD) {
    return this.send('POST', '/auth/', { username, password });
  }
}

// What a person does at the sign-in page: password, consent to whatever is asked for, on to the client.
class Person extends Session {
  constructor(name) {
    super();
    this.name = name;
  }
  async authorize(url, redirectURI) {
    if (!this.cookie) await this.signIn(this.name);
    const client = url.searchParams.get('client_id');
    await this.send('PUT', `/auth/grant/${client}`, { scope: url.searchParams.get('scope') });
    url.searchParams.set('g_continue', '');
    const response = await this.send('GET', `${url.pathname.slice('/api'.length)}${url.search}`);
    const location = response.headers.get('location');
    check(location?.startsWith(redirectURI), `no redirect to ${redirectURI}, but ${response.status} ${location}`);
    return new URL(location);
  }
}

function key() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${Date.now()}`, alg: 'ES256', use: 'sig' };
}

async function setUp(admin) {
  for (const name of ['coda:read', 'coda:write']) await admin.send('POST', '/scope', { name, display_name: name, password_required: true, password_max_age: 0, scheme: {}, scheme_required: {} });
  const people = { ada: ['coda:read', 'coda:write'], bob: ['coda:read'] };
  for (const [username, scope] of Object.entries(people)) await admin.send('POST', '/user', { username, email: `${username}@example.com`, password: PASSWORD, enabled: true, scope: ['openid', ...scope] });
  await admin.send('POST', '/client', { client_id: 'by-hand', name: 'By hand', confidential: false, enabled: true, scope: [], redirect_uri: [CALLBACK], authorization_type: ['code', 'refresh_token'], token_endpoint_auth_method: ['none'] });
  const plugin = {
    module: 'oidc',
    name: 'oidc',
    display_name: 'OpenID Connect',
    parameters: {
      iss: ISSUER,
      'subject-type': 'public',
      'jwt-type': 'ecdsa',
      'jwt-key-size': '256',
      'jwks-private': JSON.stringify({ keys: [key()] }),
      'jwks-show': true,
      'access-token-duration': 3600,
      'refresh-token-duration': 1209600,
      'code-duration': 600,
      'refresh-token-rolling': true,
      'refresh-token-one-use': 'always',
      'allow-non-oidc': true,
      'auth-type-code-enabled': true,
      'auth-type-refresh-enabled': true,
      'pkce-allowed': true,
      'pkce-required': true,
      'resource-allowed': true,
      'resource-scope': { 'coda:read': [URL_, OTHER], 'coda:write': [URL_, OTHER] },
      'register-client-allowed': true,
      'register-client-auth-scope': [],
      'register-client-credentials-scope': [],
      'additional-parameters': [{ 'user-parameter': 'email', 'token-parameter': 'email' }],
    },
  };
  await admin.send('POST', '/mod/plugin/', plugin);
  return plugin;
}

const byHand = { client_id: 'by-hand', token_endpoint_auth_method: 'none' };
const signIn = (metadata, person, scope, resource = URL_, client = byHand) => oauth.signIn(metadata, client, person, { redirectURI: CALLBACK, scope, resource });

async function good(token, what) {
  const answer = await call(URL_, token, 'coda_find_docs');
  check(answer.status === 200 && answer.result && !answer.result.isError, `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);
}

async function hosted() {
  const { challenge, resource, server } = await oauth.discover(URL_);
  equal([challenge.scope, server.issuer], [ALL, ISSUER], 'scope, issuer');
  const body = oauth.registrations(server, ALL)['hosted Claude'];
  const client = { ...(await oauth.register(server, body)), token_endpoint_auth_method: body.token_endpoint_auth_method };
  const first = await signIn(server, new Person('ada'), challenge.scope, resource.resource, client);
  const c = oauth.claims(first.access_token);
  equal([oauth.header(first.access_token).typ, c.aud, c.scope, c.client_id, c.email], ['at+jwt', URL_, ALL, client.client_id, 'ada@example.com'], 'token');
  await good(first.access_token, 'a call');
  await good((await oauth.refresh(server, client, first.refresh_token, { resource: URL_ })).access_token, 'a call after the refresh');
}

async function stepUp(metadata) {
  const ada = new Person('ada');
  const first = await signIn(metadata, ada, 'coda:read');
  const refused = await call(URL_, first.access_token, 'coda_create_doc', { title: 'not yet' });
  equal([refused.status, refused.challenge?.error, refused.challenge?.scope], [403, 'insufficient_scope', ALL], 'answer to a write with coda:read');
  const second = await signIn(metadata, ada, refused.challenge.scope);
  const written = await call(URL_, second.access_token, 'coda_create_doc', { title: `Glewlwyd ${Date.now()}` });
  check(written.status === 200 && !written.result.isError, `the write after the step-up: ${written.text.slice(0, 300)}`);
}

// Glewlwyd gives bob less than was asked for, and says nothing: the second time the gateway says it.
async function inWords(metadata) {
  const bob = new Person('bob');
  const first = await signIn(metadata, bob, ALL);
  equal(oauth.claims(first.access_token).scope, 'coda:read', 'scope of bob');
  const refused = await call(URL_, first.access_token, 'coda_create_doc', { title: 'no' });
  equal([refused.status, refused.challenge?.error], [403, 'insufficient_scope'], 'the first answer');
  await new Promise((resolve) => setTimeout(resolve, 2100)); // iat counts in seconds, and a token of the same second is not newer
  const second = await signIn(metadata, bob, refused.challenge.scope);
  const told = await call(URL_, second.access_token, 'coda_create_doc', { title: 'no' });
  equal([told.status, told.result?.isError], [200, true], `the second answer (${told.text.slice(0, 300)})`);
  check(words(told.result).includes('coda:write'), `bob is told: ${words(told.result)}`);
  await good(second.access_token, 'bob reading');
}

async function rotation(admin, plugin, metadata) {
  const ada = new Person('ada');
  const session = await signIn(metadata, ada, ALL);
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
    const { keys } = JSON.parse(plugin.parameters['jwks-private']);
    plugin.parameters['jwks-private'] = JSON.stringify({ keys: [key(), ...keys] });
    await admin.send('PUT', '/mod/plugin/oidc', plugin);
    await admin.send('PUT', '/mod/plugin/oidc/reset/');
    const { access_token } = await signIn(metadata, ada, ALL);
    kids.push(oauth.header(access_token).kid);
    await good(access_token, `a call right after rotation ${round}`);
    await good(session.access_token, `a call with the old token after rotation ${round}`);
  }
  going = false;
  await loop;
  equal(new Set(kids).size, 4, `different keys (${kids})`);
  equal(refused, [], 'refused calls');
}

async function other(metadata) {
  const { access_token } = await signIn(metadata, new Person('ada'), ALL, OTHER);
  equal(oauth.claims(access_token).aud, OTHER, 'aud');
  await refuses(access_token);
}

// Without resource Glewlwyd puts the scopes into aud, which are nobody's address.
async function without(metadata) {
  const { access_token } = await signIn(metadata, new Person('ada'), ALL, '');
  equal(oauth.claims(access_token).aud, ALL, 'aud');
  await refuses(access_token);
}

async function refuses(token) {
  const answer = await call(URL_, token, 'coda_whoami');
  equal([answer.status, answer.challenge?.error], [401, 'invalid_token'], 'answer');
}

// Glewlwyd 2.7.5 takes every client that registers for a confidential one: without a secret its code is worth nothing.
// Claude Code and VS Code therefore need a client made by hand.
async function publicClient(metadata) {
  const body = { ...oauth.registrations(metadata, ALL)['hosted Claude'], token_endpoint_auth_method: 'none' };
  const client = await oauth.register(metadata, body);
  equal(client.client_secret, undefined, 'client_secret');
  const error = await signIn(metadata, new Person('ada'), ALL, URL_, client).then(
    () => undefined,
    (e) => e,
  );
  equal([error?.status, error?.code], [403, 'unauthorized_client'], `error (${error?.message})`);
}
