// The doctor finds what is planted. That it finds nothing wrong where nothing is, is a row of the clients' matrix.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { connect } from 'node:net';
import { doctor, told } from '../clients/doctor.mjs';
import { start } from '../lib/processes.mjs';
import { check, equal } from '../lib/report.mjs';
import { addresses, mint, standAt } from '../proxies.mjs';
import { configuration, demoProvider, gateway, PUBLIC_URL, tokens } from '../world.mjs';

const { E2E_CACHE: cache, E2E_STATE: state } = process.env;
const DEMO = 'https://demo.example.com';
const STANDIN = 'https://client.example.com'; // leads to port 8480, as the names of the suite do
const FAULTY = '127.0.0.9'; // where the proxy with the planted faults stands

// What is wrong, what it must be found as, and what the cure must name.
const upstream = 'reverse_proxy 127.0.0.1:8090';
const proxied = (rules) => ({ caddy: rules });
const configured = (more, issuer = {}, rest = {}) => ({ config: { more, issuer }, ...rest });
const provided = (change, answers = {}, rest = {}) => ({ provider: { change, answers }, ...rest });
const called = { call: true };
const refuses = (body, status = 403) => ({ status, body });
const faults = [
  ['public_url has no path', 'mcp-not-found', 'https://mcp.example.com', configured({ public_url: 'https://mcp.example.com' })],
  ['public_url has another host', 'resource-host', 'public_url', configured({ public_url: 'https://old.example.com/mcp', allowed_hosts: ['mcp.example.com'] })],
  ['the issuer has a slash more', 'issuer-slash', 'issuers[].url', configured({}, { url: `${DEMO}/` })],
  ['the issuer is misspelled', 'server-metadata-not-found', 'issuers[].url', configured({}, { url: `${DEMO}/nope` })],
  ['nobody is sent to sign in', 'authorization-servers-missing', 'sign_in', configured({}, { sign_in: 'none' })],
  ['a scope that the provider does not know', 'scopes-unknown', 'scopes.supported', configured({ scopes: { supported: ['coda:read', 'coda:everything'] } })],
  ['nobody is granted anything', 'no-tools', 'roles or groups', configured({ access: [{ when: { groups: ['/nobody'] }, allow: ['read'] }] }, {}, called)],
  ['a token that Coda does not know', 'coda-token-refused', 'coda.token', configured({ coda: { base_url: 'http://127.0.0.1:8972/apis/v1', token: 'no-token-of-this-coda' } }, {}, called)],
  ['Coda is away', 'coda-unreachable', 'coda.base_url', configured({ coda: { base_url: 'http://127.0.0.1:9/apis/v1', token: 'no-token-of-this-coda' } }, {}, called)],
  ['only other clients are let in', 'call-unauthorized', 'coda-gateway token', configured({}, { client_ids: ['another'] }, called)],
  ['the proxy passes only /mcp', 'proxy-passes-only-mcp', '/.well-known/oauth-protected-resource', proxied(`handle /mcp {\n${upstream}\n}\nrespond 404`)],
  ['the proxy strips the path', 'challenge-status', 'pass it unchanged', proxied(`uri strip_prefix /mcp\n${upstream}`)],
  ['the proxy changes Host', 'host-not-allowed', 'Host', proxied('reverse_proxy 127.0.0.1:8090 {\nheader_up Host gateway.internal\n}')],
  ['the proxy redirects to a slash', 'redirect-slash', 'without a redirect', proxied(`redir /mcp /mcp/ 308\n${upstream}`)],
  ['the edge blocks Claude', 'user-agent-blocked', 'user agents', proxied(`@bot header User-Agent *Claude-User*\nrespond @bot 403\n${upstream}`)],
  ['the proxy drops the challenge', 'challenge-missing', '401', proxied('reverse_proxy 127.0.0.1:8090 {\nheader_down -WWW-Authenticate\n}')],
  ['the proxy has a password', 'challenge-not-bearer', 'its own sign-in', proxied('header WWW-Authenticate "Basic realm=staging"\nrespond 401')],
  ['a sign-in page stands in front', 'redirect-to-login', '/.well-known/oauth-protected-resource', proxied('redir https://id.example.com/login?rd={uri}')],
  ['the server is not where the proxy looks', 'bad-gateway', 'listen', proxied('reverse_proxy 127.0.0.1:9')],
  ['the proxy takes small bodies only', 'body-limit', 'client_max_body_size', proxied(`request_body {\nmax_size 65536\n}\n${upstream}`)],
  ['the edge wants small headers', 'header-limit', 'large_client_header_buffers', { caddy: upstream, options: 'servers {\nmax_header_size 4KB\n}' }],
  ['POST is not passed', 'challenge-status', '401', proxied(`@post method POST\nrespond @post 405\n${upstream}`)],
  ['the proxy shows a certificate of its own making', 'tls-self-signed', 'public authority', { caddy: upstream, selfSigned: true }],
  ['the provider does not list S256', 'no-s256', 'PKCE', provided({ code_challenge_methods_supported: undefined })],
  ['the provider calls itself http', 'issuer-http', 'hostname', provided({ issuer: STANDIN.replace('https', 'http') })],
  ['the provider lets nobody register', 'no-registration', 'by hand', provided({ registration_endpoint: undefined, client_id_metadata_document_supported: undefined })],
  ['the provider publishes no key', 'keys-empty', 'signing key', provided({ jwks_uri: `${STANDIN}/jwks` }, { '/jwks': refuses({ keys: [] }, 200) })],
  ['registration is blocked by a policy', 'registration-hosts-untrusted', 'claude.ai', provided({ registration_endpoint: `${STANDIN}/register` }, { '/register': refuses({ error: 'insufficient_scope', error_description: "Policy 'Trusted Hosts' rejected request to client-registration service. Details: Host not trusted." }) }, { register: true })],
];
const titles = faults.map(([what, code]) => `${what}: ${code}`);

export const wanted = { 'planted faults': { rows: titles, columns: ['found'] } };

export async function doctorSuite(report) {
  const provider = await demoProvider();
  await standAt(addresses.Caddy.single);
  const good = await gateway(configuration('TLS', { url: DEMO, token_type: 'at+jwt' }));
  const { access_token: token } = await tokens(PUBLIC_URL);
  await good.stop();
  for (const [i, [, code, cure, fault]] of faults.entries()) {
    await report.cell('planted faults', titles[i], 'found', () => planted(code, cure, fault, token));
  }
  await standAt(addresses.Caddy.single);
  await provider.stop();
}

// Plants one fault, and looks what the doctor makes of it: one thing that stops somebody or makes things worse, and the right one.
async function planted(code, cure, { config, caddy, options = '', selfSigned, provider, call, register }, token) {
  const ended = [];
  try {
    let issuer = { url: DEMO, token_type: 'at+jwt', ...config?.issuer };
    if (provider) {
      ended.push(await standIn(provider));
      issuer = { ...issuer, url: STANDIN };
    }
    const gate = await gateway(configuration('TLS', issuer, config?.more), { ready: 'http://127.0.0.1:9090/healthz' });
    ended.push(() => gate.stop());
    if (caddy) {
      const file = `${state}/Caddyfile.faulty`;
      const certificate = selfSigned ? madeAlone() : mint();
      writeFileSync(file, `{\nadmin off\nauto_https disable_redirects\nskip_install_trust\n${options}\n}\nmcp.example.com {\nbind ${FAULTY}\ntls ${certificate}.pem ${certificate}-key.pem\nroute {\n${caddy}\n}\n}\n`);
      const p = await start('caddy faulty', `${cache}/bin/caddy-v2.11.9`, ['run', '--config', file, '--adapter', 'caddyfile'], { ready: () => listens(FAULTY) });
      ended.push(() => p.stop());
    }
    await standAt(caddy ? FAULTY : addresses.Caddy.single);
    const r = await doctor(PUBLIC_URL, call ? token : undefined, ...(register ? ['--register'] : []));
    equal(r.found.filter((f) => f.severity !== 'info').map((f) => f.code), [code], `found ${told(r.found)}`);
    check(told(r.found).includes(cure), `the cure does not say ${cure}: ${told(r.found)}`);
  } finally {
    for (const end of ended.reverse()) await end();
  }
}

const listens = (host) =>
  new Promise((resolve) => {
    const c = connect(443, host, () => (c.end(), resolve(true)));
    c.on('error', () => resolve(false));
  });

// A certificate that nobody signed but itself.
function madeAlone() {
  const file = `${state}/alone`;
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30', '-subj', '/CN=mcp.example.com', '-addext', 'subjectAltName=DNS:mcp.example.com', '-keyout', `${file}-key.pem`, '-out', `${file}.pem`], { stdio: 'ignore' });
  return file;
}

// The demo's provider under another name, with a change in its metadata and answers of its own.
async function standIn({ change, answers }) {
  const document = await (await fetch(`${DEMO}/.well-known/openid-configuration`)).json();
  const metadata = { ...document, issuer: STANDIN, ...change };
  const server = http.createServer((q, r) => {
    q.resume();
    const own = answers[new URL(q.url, STANDIN).pathname];
    const well = q.url.startsWith('/.well-known/o');
    r.writeHead(own?.status ?? (well ? 200 : 404), { 'content-type': 'application/json', 'access-control-allow-origin': '*' });
    r.end(JSON.stringify(own?.body ?? (well ? metadata : { error: 'not_found' })));
  });
  await new Promise((resolve) => server.listen(8480, '127.0.0.1', resolve));
  return () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
}
