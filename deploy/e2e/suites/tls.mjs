// What a client sees through each proxy of deploy/, where the gateway hears plain HTTP on loopback, and of deploy/direct, where
// it stands at port 443 by itself.
import http from 'node:http';
import { copyFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, mcp, send } from '../lib/mcp.mjs';
import * as oauth from '../lib/oauth.mjs';
import { check, equal } from '../lib/report.mjs';
import { run, start, until } from '../lib/processes.mjs';
import { addresses, available, mint, request, standAt, startProxy, unlessCutOff } from '../proxies.mjs';
import { browser, configuration, demoProvider, directFile, gateway, PUBLIC_URL as URL_, tokens, upstream, writeConfiguration } from '../world.mjs';

const ORIGIN = 'https://mcp.example.com';
const ISSUER = { url: 'https://demo.example.com', token_type: 'at+jwt' };
const ALL = 'coda:read coda:write';
const DIRECT = 'no proxy';
const DIRECT_ADDRESS = '127.0.0.9';
const rows = {
  four: 'the four requests, and what has to follow',
  redirect: 'the same with discovery.compatibility: redirect',
  forged: 'forged forwarding headers change nothing',
  plain: 'plain HTTP is sent to https, MCP is never redirected',
  same: 'answers to a program and to a phone are the gateway’s own',
  long: 'a token of 20 KiB gets there, by HTTP/1.1 and HTTP/2',
  address: 'the log has the client’s address',
  progress: 'progress is streamed, not held back',
  away: 'a client that goes away ends its call',
  waits: 'who calls during a restart waits',
  renewed: 'a renewed certificate is served without a restart',
};
// Port 80 and waiting for a gateway that restarts are a proxy's work; nginx does not wait. Its certificate is a proxy's own.
const none = { nginx: [rows.waits], [DIRECT]: [rows.plain, rows.same, rows.waits] };
const without = (row, column) => (row === rows.renewed ? column !== DIRECT : Boolean(none[column]?.includes(row)));
const columns = [...available.filter((name) => addresses[name].single), DIRECT];
export const wanted = { 'behind TLS': { rows: Object.values(rows), columns, without } };

export async function tls(report) {
  const provider = await demoProvider();
  for (const column of columns) {
    const certificate = column === DIRECT ? renewable() : undefined;
    const configured = (more) => (column === DIRECT ? directFile(DIRECT_ADDRESS, certificate, ISSUER, more) : configuration('TLS', ISSUER, { trusted_proxies: ['127.0.0.1'], ...more }));
    const proxy = column === DIRECT ? undefined : await startProxy(column, 'single');
    await standAt(addresses[column]?.single ?? DIRECT_ADDRESS);
    const cell = (row, f) => without(row, column) || report.cell('behind TLS', row, column, () => unlessCutOff(column, f));
    await through(cell, configured, certificate);
    await proxy?.stop();
  }
  await standAt(addresses.Caddy.single);
  await provider.stop();
}

async function through(cell, configured, certificate) {
  let gate = await gateway(configured());
  await cell(rows.four, () => fourRequests(404));
  await cell(rows.forged, forged);
  await cell(rows.plain, redirects);
  await cell(rows.same, same);
  await cell(rows.long, longToken);
  await cell(rows.address, () => clientAddress(gate));
  await cell(rows.renewed, () => renewed(certificate));
  await cell(rows.waits, async () => {
    const { access_token } = await tokens(URL_);
    equal(await gate.stop(), 0, 'exit code of the gateway');
    const waiting = Promise.all([1, 2, 3, 4].map(() => call(URL_, access_token, 'coda_whoami')));
    await sleep(500);
    gate = await gateway(configured());
    equal((await waiting).map((a) => a.status), [200, 200, 200, 200], 'statuses of the calls that came meanwhile');
  });
  await gate.stop();
  gate = await gateway(configured({ discovery: { compatibility: 'redirect' } }));
  await cell(rows.redirect, () => fourRequests(307));
  await gate.stop();

  const { file, env } = writeConfiguration(configured());
  const fixture = await start('TLS fixture', `${process.env.E2E_BIN}/fixture`, [file], { env, ready: 'http://127.0.0.1:9090/readyz' });
  const { access_token } = await tokens(URL_);
  await cell(rows.progress, () => progress(access_token));
  await cell(rows.away, () => goesAway(access_token, fixture));
  await fixture.stop();
}

// The predecessor's log ended after HEAD /, resource metadata and authorization-server metadata, because an http:// stood where
// https:// belonged. Every address that a client is told here is https, and the client goes on.
async function fourRequests(ownMetadata) {
  const head = await fetch(`${ORIGIN}/`, { method: 'HEAD' });
  equal(head.status, 200, 'HEAD /');
  const own = await fetch(`${ORIGIN}/.well-known/oauth-authorization-server`, { redirect: 'manual' });
  equal(own.status, ownMetadata, "authorization-server metadata on the gateway's host");
  if (ownMetadata === 307) equal(own.headers.get('location').startsWith(`${ISSUER.url}/.well-known/`), true, `redirect to ${own.headers.get('location')}`);
  else equal(own.headers.get('content-type'), 'application/json', 'content type of the 404');

  const { challenge, resource, server } = await oauth.discover(URL_);
  equal(challenge.resource_metadata, `${ORIGIN}/.well-known/oauth-protected-resource/mcp`, 'resource_metadata');
  for (const place of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp']) {
    const document = await oauth.json(ORIGIN + place);
    equal([document.resource, document.authorization_servers], [URL_, [ISSUER.url]], place);
  }
  const page = await (await fetch(`${ORIGIN}/`, { headers: { accept: 'text/html' } })).text();
  check(page.includes(URL_), 'the page does not name the MCP URL');
  onlyHTTPS('what the gateway says', JSON.stringify([challenge, resource, [...head.headers], [...own.headers]]) + page);
  onlyHTTPS('what the provider says', JSON.stringify(server));

  const body = oauth.registrations(server, ALL)['hosted Claude'];
  const client = await oauth.register(server, body);
  const person = browser('ada');
  const { access_token } = await oauth.signIn(server, client, person, { redirectURI: body.redirect_uris[0], scope: challenge.scope, resource: resource.resource });
  onlyHTTPS('the pages of the sign-in', person.pages.join(' '));
  for (const method of ['server/discover', 'tools/list']) equal((await mcp(URL_, access_token, method)).status, 200, method);
  const answer = await call(URL_, access_token, 'coda_find_docs');
  check(answer.status === 200 && !answer.result.isError, `the call: ${answer.text.slice(0, 300)}`);
}

function onlyHTTPS(what, text) {
  const plain = text.match(/http:\/\/[^\s"'<>\\)]+/g)?.filter((u) => !u.startsWith('http://www.w3.org/'));
  equal(plain ?? [], [], `plain addresses in ${what}`);
}

async function forged() {
  const headers = { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.example.net', 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9;host=evil.example.net;proto=http' };
  const { challenge, resource } = await oauth.discover(URL_, headers);
  const text = JSON.stringify([challenge, resource]);
  check(!text.includes('evil'), `a forged host in ${text}`);
  onlyHTTPS('the answers', text);
}

async function redirects() {
  const plain = await fetch('http://mcp.example.com/mcp', { method: 'POST', redirect: 'manual', body: '{}' });
  equal([plain.status, plain.headers.get('location')], [308, URL_], 'plain HTTP');
  for (const path of ['/mcp', '/mcp/']) {
    const answer = await fetch(ORIGIN + path, { method: 'POST', redirect: 'manual', body: '{}', headers: { 'content-type': 'application/json' } });
    equal(answer.status, 401, `POST ${path}`);
  }
}

const AGENTS = {
  program: { 'user-agent': 'python-httpx/0.28.1', accept: 'application/json, text/event-stream' },
  phone: { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1', accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'accept-encoding': 'gzip, deflate, br', 'accept-language': 'de-DE,de;q=0.9' },
};

// Asked directly and through the proxy, the gateway says the same.
async function same() {
  for (const [who, headers] of Object.entries(AGENTS)) {
    for (const [method, path] of [['GET', '/mcp'], ['POST', '/mcp'], ['GET', '/'], ['GET', '/mcp/'], ['GET', '//mcp/%2e%2e/'], ['GET', '/healthz'], ['GET', '/.well-known/oauth-protected-resource/mcp']]) {
      const seen = [];
      for (const ask of [plain, (options) => request(undefined, options)]) {
        const { status, headers: got } = await ask({ method, path, headers });
        const [challenge, type, encoding, location] = ['www-authenticate', 'content-type', 'content-encoding', 'location'].map((h) => got[h]);
        seen.push({ status, challenge, type, encoding, location });
      }
      equal(seen[1], seen[0], `${method} ${path} by a ${who}, and what the gateway says itself`);
      if (method === 'POST') check(seen[1].challenge?.startsWith('Bearer '), `no challenge through the proxy: ${JSON.stringify(seen[1])}`);
    }
  }
}

// The gateway itself, as the proxy asks it.
function plain({ headers, ...options }) {
  const [host, port] = upstream.split(':');
  return new Promise((resolve, reject) => {
    const r = http.request({ host, port, headers: { host: 'mcp.example.com', ...headers }, ...options }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode, headers: response.headers }));
    });
    r.on('error', reject).end();
  });
}

// Nobody's token, but it is the gateway that says so, and no proxy that its line is too long.
async function longToken() {
  const token = 'x'.repeat(20 << 10);
  for (const version of ['1.1', '2']) {
    const args = ['--silent', '--show-error', `--http${version}`, '--max-time', '20', '--output', '/dev/null', '--write-out', '%{http_version} %{http_code} %header{www-authenticate}', '--data', '{}', '--config', '-', URL_];
    const { stdout, stderr } = await run('curl', args, { input: `header = "authorization: Bearer ${token}"\n` });
    const [spoken, status, ...challenge] = stdout.split(' ');
    equal([spoken, status], [version, '401'], `version of HTTP and status (${stderr})`);
    check(challenge.join(' ').includes('error="invalid_token"'), `by HTTP/${version}: ${stdout}`);
  }
}

// Who calls has an address of its own, and says that it is somebody else.
async function clientAddress(gate) {
  const agent = `client address ${Date.now()}`;
  await request(undefined, { method: 'POST', path: '/mcp', localAddress: '127.0.0.77', headers: { 'user-agent': agent, 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' } });
  const line = await until('the request in the log', 60, () => readFileSync(gate.file, 'utf8').split('\n').find((l) => l.includes(agent)));
  equal(JSON.parse(line).client, '127.0.0.77', `client in ${line}`);
}

// The certificate of deploy/direct, where certbot would put it.
function renewable() {
  const file = mint('renewable');
  return { cert: `${file}.pem`, key: `${file}-key.pem` };
}

async function renewed({ cert, key }) {
  const served = async () => (await request(DIRECT_ADDRESS, { path: '/healthz', agent: false })).certificate.fingerprint256;
  const before = await served();
  const next = mint('renewed');
  copyFileSync(`${next}-key.pem`, key);
  copyFileSync(`${next}.pem`, cert);
  await until('the renewed certificate', 60, async () => (await served()) !== before);
}

// A call that reports progress, as a stream of events with the time at which each came.
async function* events(token, name, signal) {
  const response = await send(URL_, token, 'tools/call', { name, arguments: {}, _meta: { progressToken: 'p' } }, { signal });
  equal([response.status, response.headers.get('content-type')?.split(';')[0]], [200, 'text/event-stream'], 'the answer');
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) {
      const data = rest.slice(0, end).match(/^data: (.*)$/m)?.[1];
      if (data) yield { at: performance.now(), message: JSON.parse(data) };
    }
  }
}

async function progress(token) {
  const seen = [];
  for await (const e of events(token, 'test_slow_progress')) seen.push(e);
  equal(seen.map((e) => e.message.method ?? 'result'), ['notifications/progress', 'notifications/progress', 'result'], 'events');
  const ahead = seen.at(-1).at - seen[0].at;
  check(ahead > 500, `the first progress came ${Math.round(ahead)} ms before the result of a call that takes a second`);
}

async function goesAway(token, fixture) {
  const abort = new AbortController();
  const before = aborted(fixture);
  try {
    for await (const e of events(token, 'test_waits', abort.signal)) if (e.message.method) abort.abort();
  } catch (e) {
    if (e.name !== 'AbortError') throw e;
  }
  await until('the call to be ended', 10, () => aborted(fixture) > before);
}

function aborted(fixture) {
  return readFileSync(fixture.file, 'utf8').split('\n').filter((l) => l.includes('"outcome":"aborted"')).length;
}
