// The official conformance suite through a proxy that brings the bearer token: Coda's tools in the scenarios that need no
// fixture, and the same gateway with the fixture tools in all of a revision's required scenarios.
import { globSync, readFileSync } from 'node:fs';
import { bearerProxy } from '../lib/bearer-proxy.mjs';
import { run, start } from '../lib/processes.mjs';
import { check, equal } from '../lib/report.mjs';
import { configuration, demoToken, writeConfiguration } from '../world.mjs';

const bin = new URL('../node_modules/.bin/conformance', import.meta.url).pathname;
const expected = (name) => new URL(`../conformance/${name}.yml`, import.meta.url).pathname;
const DEMO = 'http://127.0.0.1:8970/mcp';
const OWN = 'http://127.0.0.1:8110/mcp';
const FIXTURE = 'http://127.0.0.1:8120/mcp';

// What needs nothing of a server but that it is one.
const own = {
  '2025-11-25': ['server-initialize', 'ping', 'logging-set-level', 'tools-list', 'resources-list', 'prompts-list', 'dns-rebinding-protection', 'server-sse-multiple-streams', 'completion-complete'],
  '2026-07-28': [
    'server-stateless', 'tools-list', 'caching', 'http-header-validation', 'server-sse-multiple-streams', 'dns-rebinding-protection',
    'input-required-result-unsupported-methods', 'resources-list', 'prompts-list', 'sep-2164-resource-not-found', 'completion-complete',
  ],
};

// What a client does on its way to a token; coda-gateway doctor walks it as clients do. What it does otherwise, and why, is in
// README.md.
const walked = [
  'metadata-default', 'metadata-var1', 'metadata-var2', 'metadata-var3', 'metadata-issuer-mismatch', 'basic-cimd', 'scope-from-www-authenticate',
  'scope-from-scopes-supported', 'scope-omitted-when-undefined', 'offline-access-scope', 'offline-access-not-supported', 'token-endpoint-auth-basic',
  'token-endpoint-auth-post', 'token-endpoint-auth-none', 'pre-registration', 'resource-mismatch', 'iss-supported', 'iss-supported-missing',
  'iss-not-advertised', 'iss-unexpected', 'iss-normalized', 'iss-wrong-issuer',
];
// Why the others are not for it.
const notWalked = {
  'scope-step-up': 'it tells of a scope that is missing, and does not sign in again for it',
  'scope-retry-limit': 'it signs in once',
  'authorization-server-migration': 'it keeps nothing from one walk to the next that could move',
  '2025-03-26-oauth-metadata-backcompat': 'it tells that resource metadata is missing, and does not guess',
  '2025-03-26-oauth-endpoint-fallback': 'it tells that resource metadata is missing, and does not guess',
  'client-credentials-jwt': 'it walks the way of people',
  'client-credentials-basic': 'it walks the way of people',
  'enterprise-managed-authorization': 'it tells whether the provider offers it; suite enterprise signs in so',
  'dpop': 'none of its clients binds tokens to a key',
  'dpop-nonce': 'none of its clients binds tokens to a key',
  'wif-jwt-bearer': 'it walks the way of people',
};
const otherwise = ['invalid-bearer-token', 'prm-priority-order'];
const client = new URL('../clients/doctor-as-client.sh', import.meta.url).pathname;
const AS_CLIENT = 'coda-gateway doctor as a client';
const EACH = 'each scenario of the suite is here, or left out by name';

const rows = Object.entries(own).flatMap(([revision, scenarios]) => [...scenarios.map((s) => `${revision} ${s}`), `${revision} all required`]);
const table = 'conformance 0.2.0-alpha.12';
export const wanted = { [table]: { rows, columns: ['result'] }, [AS_CLIENT]: { rows: [EACH, ...walked], columns: ['result'] } };

export async function conformance(report) {
  for (const [scenario, why] of Object.entries(notWalked)) console.log(`auth/${scenario} is left out for coda-gateway doctor: ${why}`);
  await report.cell(AS_CLIENT, EACH, 'result', named);
  const pairs = walked.filter((_, i) => i % 2 === 0).map((first, i) => [first, walked[2 * i + 1]].filter(Boolean));
  for (const pair of pairs) await Promise.all(pair.map((scenario) => report.cell(AS_CLIENT, scenario, 'result', () => asClient(scenario))));
  const token = await demoToken('ada', 'coda:read coda:write', 'http://127.0.0.1:8971');
  const servers = [await startServer('conformance own', 'coda-gateway', OWN, '127.0.0.1:9110'), await startServer('conformance fixture', 'fixture', FIXTURE, '127.0.0.1:9120')];
  const proxies = [await bearerProxy(3301, OWN, token), await bearerProxy(3302, FIXTURE, token)];
  for (const [revision, scenarios] of Object.entries(own)) {
    for (const scenario of scenarios) {
      await report.cell(table, `${revision} ${scenario}`, 'result', () =>
        suite(['--url', 'http://127.0.0.1:3301/mcp', '--scenario', scenario, '--spec-version', revision, '--expected-failures', expected(`own-${revision}`)]),
      );
    }
    await report.cell(table, `${revision} all required`, 'result', () =>
      suite(['--url', 'http://127.0.0.1:3302/mcp', '--requirements', revision, '--expected-failures', expected(`fixture-${revision}`)], 240),
    );
  }
  for (const p of proxies) p.close();
  for (const s of servers) await s.stop();
}

// A gateway that takes the demo's tokens. It judges protocol versions by the letter, as the suite does.
function configurationAt(url, listen, admin) {
  const issuer = { url: 'http://127.0.0.1:8971', token_type: 'at+jwt', audiences: [DEMO] };
  return writeConfiguration({ ...configuration('direct', issuer), public_url: url, listen, admin: { listen: admin }, compatibility: { version_mismatch: 'strict' } });
}

async function startServer(name, program, url, admin) {
  const { file, env } = configurationAt(url, new URL(url).host, admin);
  const args = program === 'fixture' ? [file] : ['serve', '--config', file];
  return start(name, `${process.env.E2E_BIN}/${program}`, args, { env, ready: `http://${admin}/readyz` });
}

let serial = 0;

// The suite's scenarios for a client's authorization are those that are named above.
async function named() {
  const { stdout } = await run(bin, ['list']);
  const theirs = [...stdout.matchAll(/^\s*- auth\/(\S+)/gm)].map((m) => m[1]);
  equal(theirs.sort(), [...walked, ...Object.keys(notWalked)].sort(), 'scenarios');
}

// What the suite saw the doctor do: all that it wants, but for what the doctor does on purpose.
async function asClient(scenario) {
  const out = `${process.env.E2E_KEEP ?? process.env.E2E_STATE}/conformance-${++serial}`;
  const args = ['client', '--command', client, '--scenario', `auth/${scenario}`, '--spec-version', '2026-07-28', '--timeout', '90000', '-o', out];
  const { stdout, stderr } = await run(bin, args, { within: 120 });
  const file = globSync(`${out}/**/checks.json`)[0];
  check(file, `there are no results\n${stdout.slice(-1500)}\n${stderr.slice(-1500)}`);
  const checks = JSON.parse(readFileSync(file, 'utf8'));
  check(checks.some((c) => c.status === 'SUCCESS'), 'the doctor did nothing that was wanted');
  const failed = checks.filter((c) => c.status === 'FAILURE' && !otherwise.includes(c.id));
  check(failed.length === 0, failed.map((c) => `${c.id}: ${c.errorMessage ?? c.description}`).join('\n'));
}

async function suite(args, within = 60) {
  const out = `${process.env.E2E_KEEP ?? process.env.E2E_STATE}/conformance-${++serial}`;
  const { code, stdout, stderr } = await run(bin, ['server', ...args, '-o', out], { within });
  check(code === 0, `ended with ${code}\n${stdout.slice(Math.max(stdout.lastIndexOf('Test Results:'), stdout.lastIndexOf('=== SUMMARY'))).slice(0, 4000)}\n${stderr.slice(-1500)}`);
}
