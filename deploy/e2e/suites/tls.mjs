// What a client sees through deploy/caddy/Caddyfile, where the gateway hears plain HTTP on loopback.
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { call, mcp, send } from '../lib/mcp.mjs';
import * as oauth from '../lib/oauth.mjs';
import { check, equal } from '../lib/report.mjs';
import { start, until } from '../lib/processes.mjs';
import { browser, configuration, demoProvider, gateway, PUBLIC_URL as URL_, tokens, writeConfiguration } from '../world.mjs';

const ORIGIN = 'https://mcp.example.com';
const ISSUER = { url: 'https://demo.example.com', token_type: 'at+jwt' };
const ALL = 'coda:read coda:write';
const rows = [
  'the four requests, and what has to follow',
  'the same with discovery.compatibility: redirect',
  'forged forwarding headers change nothing',
  'plain HTTP is sent to https, MCP is never redirected',
  'progress is streamed, not held back',
  'a client that goes away ends its call',
  'who calls during a restart waits',
];
export const wanted = { 'behind TLS': { rows, columns: ['result'] } };

export async function tls(report) {
  const cell = (row, f) => report.cell('behind TLS', row, 'result', f);
  const provider = await demoProvider();
  let gate = await gateway(configuration('TLS', ISSUER));
  await cell(rows[0], () => fourRequests(404));
  await cell(rows[2], forged);
  await cell(rows[3], redirects);
  await cell(rows[6], async () => {
    const { access_token } = await tokens(URL_);
    equal(await gate.stop(), 0, 'exit code of the gateway');
    const waiting = Promise.all([1, 2, 3, 4].map(() => call(URL_, access_token, 'coda_whoami')));
    await sleep(500);
    gate = await gateway(configuration('TLS', ISSUER));
    equal((await waiting).map((a) => a.status), [200, 200, 200, 200], 'statuses of the calls that came meanwhile');
  });
  await gate.stop();
  gate = await gateway(configuration('TLS', ISSUER, { discovery: { compatibility: 'redirect' } }));
  await cell(rows[1], () => fourRequests(307));
  await gate.stop();

  const { file, env } = writeConfiguration(configuration('TLS', ISSUER));
  const fixture = await start('TLS fixture', `${process.env.E2E_BIN}/fixture`, [file], { env, ready: 'http://127.0.0.1:9090/readyz' });
  const { access_token } = await tokens(URL_);
  await cell(rows[4], () => progress(access_token));
  await cell(rows[5], () => goesAway(access_token, fixture));
  await fixture.stop();
  await provider.stop();
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
