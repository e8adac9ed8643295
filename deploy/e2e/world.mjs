// The pieces that the suites put together: the demo, gateways, providers, TLS; and who can sign in where.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Browser } from './lib/browser.mjs';
import { call, words } from './lib/mcp.mjs';
import * as oauth from './lib/oauth.mjs';
import { start } from './lib/processes.mjs';
import { check, equal } from './lib/report.mjs';

const repository = process.env.E2E_REPOSITORY;
const bin = process.env.E2E_BIN;
const state = process.env.E2E_STATE;
const here = new URL('.', import.meta.url).pathname;

export const PASSWORD = 'correct-horse-battery';
export const PUBLIC_URL = 'https://mcp.example.com/mcp';
const DIRECT_URL = 'http://127.0.0.1:8100/mcp';
const CODA_URL = 'http://127.0.0.1:8972';
const TLS_UPSTREAM = '127.0.0.1:8090';
export const upstream = TLS_UPSTREAM;
export const codaToken = readFileSync(`${repository}/coda/codatest/demo.go`, 'utf8').match(/DemoToken\s*=\s*"([^"]+)"/)[1];
export const KEYCLOAK = { url: 'http://127.0.0.1:8180', admin: 'admin', password: 'admin' };

// Where an administrator has made a client by hand, it may ask for any scope later on; self-registered ones may not.
export const BY_HAND = {
  client_id: 'registered-by-hand',
  redirect_uris: ['http://localhost:33212/callback', 'http://127.0.0.1:33213/callback', 'http://127.0.0.1:6276/oauth/callback', 'http://localhost:33418/oauth/callback'],
};

export function browser(user = 'ada') {
  return new Browser({ user, password: PASSWORD });
}

// The demo at its usual ports.
export function demo({ initial } = {}) {
  return startDemo('coda-demo', 8080, initial ? ['--initial-scopes', initial.join(',')] : []);
}

// Another demo, for its simulated Coda: the one of the gateways that stand alone.
export function simulatedCoda() {
  return startDemo('simulated Coda', 8970);
}

function startDemo(name, port, options = []) {
  const ports = ['listen', 'issuer-listen', 'coda-listen', 'admin-listen'].flatMap((flag, i) => [`--${flag}`, `127.0.0.1:${port + i}`]);
  return start(name, `${bin}/coda-demo`, [...ports, '--json', ...options], { ready: (out) => out.includes('\n') });
}

export async function demoToken(user, scope, issuer) {
  return execFileSync(`${bin}/coda-demo`, ['token', '--user', user, '--scope', scope, '--issuer', issuer], { encoding: 'utf8' }).trim();
}

export function demoProvider({ issuer = 'https://demo.example.com', resource = PUBLIC_URL, connect = '' } = {}) {
  return start('demo provider', `${bin}/demoidp`, ['-issuer', issuer, '-resource', resource, '-connect', connect], { ready: `${issuer}/.well-known/openid-configuration` });
}

// A gateway from a configuration, given as an object (JSON is YAML) or as the text of a file.
let serial = 0;
export function writeConfiguration(config) {
  const file = `${state}/gateway-${++serial}.yaml`;
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config, null, 2), { mode: 0o600 });
  return { file, env: { CODA_TOKEN: codaToken } };
}

// Ready is where it says that it is ready; more is what its environment holds beside the usual.
export function gateway(config, { name = 'gateway', ready = 'http://127.0.0.1:9090/readyz', ...more } = {}) {
  const { file, env } = writeConfiguration(config);
  return start(name, `${bin}/coda-gateway`, ['serve', '--config', file], { env: { ...env, ...more }, ready });
}

const way = {
  direct: { url: DIRECT_URL, listen: '127.0.0.1:8100' },
  TLS: { url: PUBLIC_URL, listen: TLS_UPSTREAM },
};

const coda = { base_url: `${CODA_URL}/apis/v1`, token: '${env:CODA_TOKEN}', budgets: { read: '1000/1s', write: '1000/1s', content: '1000/1s', list_docs: '1000/1s', analytics: '1000/1s' } };
// Coda itself, asked with somebody's token.
export const askCoda = (path, token) => oauth.json(`${coda.base_url}${path}`, { headers: { authorization: `Bearer ${token}` } });

// Suites call more than a person does.
const limits = { per_person: { calls: 0, at_once: 0 } };

export function configuration(through, issuer, { initial = [], ...more } = {}) {
  return {
    public_url: way[through].url,
    listen: way[through].listen,
    issuers: [issuer],
    scopes: { supported: ['coda:read', 'coda:write'], initial },
    coda,
    limits,
    ...more,
  };
}

// What a configuration has where people bring their own Coda token.
export function enrolling(client) {
  return { coda: { ...coda, enrollment: { enabled: true, ...client } }, state: { keys: [randomBytes(32).toString('base64')] } };
}

// What 'coda-gateway init' is told of Coda: where the token is, and where the simulated one is.
export function initFlags() {
  return ['--coda-token-file', tokenFile(), '--coda-base-url', coda.base_url];
}

export function secretFile(name, secret) {
  mkdirSync('/run/secrets', { recursive: true });
  writeFileSync(`/run/secrets/${name}`, `${secret}\n`, { mode: 0o600 });
  return `/run/secrets/${name}`;
}
const tokenFile = () => secretFile('coda-token', codaToken);

// deploy/keycloak/gateway.yaml as it stands, but for the simulated Coda and the place where Caddy looks for it.
export function keycloakFile(extra = '', ofCoda = '') {
  return `${simulated(readFileSync(`${repository}/deploy/keycloak/gateway.yaml`, 'utf8') + ofCoda)}${extra}`;
}

// A shown file that ends with what it has under coda, with the simulated Coda, behind Caddy.
export function simulated(text) {
  tokenFile();
  return `${text}  base_url: ${coda.base_url}\n  budgets: ${JSON.stringify(coda.budgets)}\nlimits: ${JSON.stringify(limits)}\nlisten: ${TLS_UPSTREAM}\n`;
}

// deploy/direct/gateway.yaml as it stands, but for its address, certificate and provider, and the simulated Coda.
export function directFile(address, { cert, key }, issuer, more = {}) {
  tokenFile();
  const text = readFileSync(`${repository}/deploy/direct/gateway.yaml`, 'utf8')
    .replace('0.0.0.0:443', `${address}:443`)
    .replace('/etc/letsencrypt/live/mcp.example.com/fullchain.pem', cert)
    .replace('/etc/letsencrypt/live/mcp.example.com/privkey.pem', key)
    .replace(/issuers:\n( .*\n)+/, `issuers: [${JSON.stringify(issuer)}]\n`);
  const rest = Object.entries({ limits, ...more }).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
  return `${text}  base_url: ${coda.base_url}\n  budgets: ${JSON.stringify(coda.budgets)}\n${rest.join('')}`;
}

// Of the two realms, company is imported and branch made through the admin API.
export async function keycloak(variant, realms = ['branch', 'company']) {
  const realm = `${repository}/deploy/keycloak/realm.json`;
  const p = await start(`keycloak ${variant}`, `${here}/keycloak.sh`, [process.env.E2E_CACHE, variant, '8180', realm], {
    env: { CODA_MCP_URL: PUBLIC_URL, KC_TRUSTSTORE_PATHS: process.env.SSL_CERT_FILE },
    ready: 'http://127.0.0.1:8190/health/ready',
    within: 600,
  });
  const admin = new KeycloakAdmin();
  await admin.signIn();
  if (realms.includes('branch')) await admin.send('POST', '', { realm: 'branch', enabled: true });
  p.setup = (realmName, url, ...options) =>
    execFileSync(`${repository}/deploy/keycloak/setup.sh`, options, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, KEYCLOAK_URL: KEYCLOAK.url, KEYCLOAK_ADMIN: KEYCLOAK.admin, KEYCLOAK_ADMIN_PASSWORD: KEYCLOAK.password, PEOPLE_PASSWORD: PASSWORD, REALM: realmName, CODA_MCP_URL: url, CIMD_EXTRA_DOMAINS: 'client.example.com', ...p.setupEnvironment },
    });
  p.setupEnvironment = {};
  p.resources = Object.fromEntries(Object.entries({ branch: DIRECT_URL, company: PUBLIC_URL }).filter(([name]) => realms.includes(name)));
  for (const [realmName, url] of Object.entries(p.resources)) p.setup(realmName, url, '--people');
  for (const realmName of realms) {
    await admin.send('POST', `/${realmName}/clients`, {
      clientId: BY_HAND.client_id,
      publicClient: true,
      standardFlowEnabled: true,
      fullScopeAllowed: false,
      redirectUris: BY_HAND.redirect_uris,
    });
  }
  p.admin = admin;
  return p;
}

// Keycloak's administration, as the console uses it.
export class KeycloakAdmin {
  async signIn() {
    const body = new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: KEYCLOAK.admin, password: KEYCLOAK.password });
    this.token = (await oauth.json(`${KEYCLOAK.url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body })).access_token;
  }
  async send(method, path, body) {
    await this.signIn(); // its tokens live a minute
    return oauth.json(`${KEYCLOAK.url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
  }
}

export async function oidcProvider(through) {
  const issuer = through === 'TLS' ? 'https://op.example.com' : 'http://127.0.0.1:8280';
  const p = await start(`oidc-provider ${through}`, process.execPath, [`${here}/providers/oidc-provider.mjs`, issuer, '8280', way[through].url, JSON.stringify(BY_HAND)], {
    ready: 'http://127.0.0.1:8290/state',
  });
  p.control = (path, body) => oauth.json(`http://127.0.0.1:8290${path}`, { method: 'POST', body: body && JSON.stringify(body) });
  return p;
}

export const GLEWLWYD = 'https://glewlwyd.example.com';

export function glewlwyd() {
  return start('glewlwyd', `${here}/glewlwyd.sh`, [process.env.E2E_CACHE, '8580', GLEWLWYD], { ready: (out) => out.includes('Glewlwyd started') });
}

// The three providers in the two ways: how to start what the gateway needs, and the gateway's configuration.
export const settings = {
  'demo, direct': {
    url: 'http://127.0.0.1:8080/mcp',
    gateway: demo, // it brings its own
    token: () => demoToken('ada', 'coda:read coda:write', 'http://127.0.0.1:8081'),
  },
  'demo, TLS': {
    url: PUBLIC_URL,
    provider: demoProvider,
    gateway: (o) => gateway(configuration('TLS', { url: 'https://demo.example.com', token_type: 'at+jwt' }, o)),
  },
  'Keycloak, direct': {
    url: DIRECT_URL,
    gateway: (o) => gateway(configuration('direct', { url: 'http://127.0.0.1:8180/realms/branch', provider: 'keycloak' }, o)),
    clientInformation: { ...BY_HAND, issuer: 'http://127.0.0.1:8180/realms/branch' },
  },
  'Keycloak, TLS': {
    url: PUBLIC_URL,
    gateway: ({ initial } = {}) => gateway(keycloakFile(initial ? `scopes: {initial: ${JSON.stringify(initial)}}\n` : '')),
    clientInformation: { ...BY_HAND, issuer: 'https://id.example.com/realms/company' },
  },
  'oidc-provider, direct': {
    url: DIRECT_URL,
    provider: () => oidcProvider('direct'),
    gateway: (o) => gateway(configuration('direct', { url: 'http://127.0.0.1:8280', token_type: 'at+jwt' }, o)),
    clientInformation: { ...BY_HAND, issuer: 'http://127.0.0.1:8280' },
  },
  'oidc-provider, TLS': {
    url: PUBLIC_URL,
    provider: () => oidcProvider('TLS'),
    gateway: (o) => gateway(configuration('TLS', { url: 'https://op.example.com', token_type: 'at+jwt' }, o)),
    clientInformation: { ...BY_HAND, issuer: 'https://op.example.com' },
  },
};

// Grace's own Coda token, which people of the suites bring, or have in a directory.
export const GRACE = readFileSync(`${repository}/coda/codatest/demo.go`, 'utf8').match(/DemoTokenGrace\s*=\s*"([^"]+)"/)[1];

// Who acts with an account of their own, and who may see one document only: their gateways, at the demo's provider.
const plainProvider = 'http://127.0.0.1:8380';
const governedProvider = () => demoProvider({ issuer: plainProvider, resource: DIRECT_URL });
const governed = (options) => gateway(configuration('direct', { url: plainProvider, token_type: 'at+jwt' }, options));

export const governedSettings = {
  'governed, own token': {
    url: DIRECT_URL,
    provider: governedProvider,
    gateway: (o) => {
      mkdirSync(`${state}/people`, { recursive: true });
      writeFileSync(`${state}/people/ada@example.com`, `${GRACE}\n`, { mode: 0o600 });
      return governed({ ...o, coda: { ...coda, credentials: [{ when: {}, directory: `${state}/people`, by: 'email' }] } });
    },
    // Whatever was made in a cell is Grace's: the account of everybody else has made nothing.
    watch: async () => {
      const owned = async (token) => (await askCoda('/docs?isOwner=true&limit=500', token)).items.length;
      const before = [await owned(GRACE), await owned(codaToken)];
      return async () => equal([(await owned(GRACE)) - before[0], (await owned(codaToken)) - before[1]], [1, 0], 'documents made as Grace, and as the account of everybody else');
    },
  },
  'governed, one doc': {
    url: DIRECT_URL,
    provider: governedProvider,
    gateway: (o) => governed({ ...o, access: [{ when: { scopes: ['coda:read'] }, allow: ['read'], docs: ['dRoadmap01'] }, { when: { scopes: ['coda:write'] }, allow: ['write'], docs: ['dRoadmap01'] }] }),
    session: oneDocument,
  },
};

// What somebody does who may see the roadmap alone: another document, which is told as one that is not there, and a row.
async function oneDocument() {
  const { access_token } = await tokens(DIRECT_URL);
  const reading = (doc) => ({ name: 'coda_get_doc', arguments: { doc } });
  const missing = await call(DIRECT_URL, access_token, 'coda_get_doc', { doc: 'dNothing01' });
  check(missing.result?.isError, `a document that is not there: ${missing.text.slice(0, 300)}`);
  return {
    tools: ['coda_find_docs', 'coda_get_doc', 'coda_upsert_rows'],
    read: reading('dHiring001'),
    checkRead: (result) => equal([result.isError, words(result)], [true, words(missing.result).replaceAll('dNothing01', 'dHiring001')], 'what is said of another document'),
    write: (who) => ({ name: 'coda_upsert_rows', arguments: { doc: 'dRoadmap01', table: 'Releases', rows: [{ Name: `From ${who} ${Date.now()}` }] } }),
    checkWrite: (result) => check(!result.isError && /added/i.test(words(result)), `a row in the roadmap: ${words(result)}`),
  };
}

// A person's tokens for the gateway at url, the way of a client that registers itself.
export async function tokens(url, { user = 'ada', scope = 'coda:read coda:write' } = {}) {
  const { server } = await oauth.discover(url);
  const redirectURI = 'http://localhost:33210/callback';
  const client = await oauth.register(server, { client_name: 'suite', redirect_uris: [redirectURI], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' });
  const person = browser(user);
  return { server, client, browser: person, ...(await oauth.signIn(server, client, person, { redirectURI, scope, resource: url })) };
}
