// What checkers that nobody here wrote say of this gateway, and what coda-gateway doctor says of servers that nobody here wrote.
// What they say otherwise than one would wish is in README.md, each with its reason.
import { existsSync, readFileSync } from 'node:fs';
import { OAuthConformanceTest } from '@mcpjam/sdk';
import { doctor, told } from '../clients/doctor.mjs';
import { run, start } from '../lib/processes.mjs';
import { check, equal } from '../lib/report.mjs';
import { browser, configuration, demoProvider, gateway, PUBLIC_URL, tokens } from '../world.mjs';

const { E2E_CACHE: cache } = process.env;
const python = `${cache}/python/bin`;
const file = (name) => new URL(`../${name}`, import.meta.url).pathname;
const DEMO = 'https://demo.example.com';

// Why those in Python cannot be run here, if they cannot.
const reason = `${cache}/bin/python-client.reason`;
export const leftOut = existsSync(reason) ? readFileSync(reason, 'utf8').trim() : undefined;

const SCORE = 95; // of 100
// What mcpscore takes points for, and README.md says why it stays so.
const scoreless = [
  'capability_prompts_list_changed', 'capability_resources_list_changed', 'capability_tools_list_changed', 'tools_input_properties_documented', 'tools_output_properties_documented',
];

const checkers = {
  'mcpscore 1.29.0': mcpscore,
  'canmcp 0.2.0, signed in': canmcp,
  'MCPJam 1.14.0, OAuth conformance 2025-11-25': () => mcpjam('2025-11-25'),
  'MCPJam 1.14.0, OAuth conformance 2025-06-18': () => mcpjam('2025-06-18'),
  'MCPJam 1.14.0, OAuth conformance 2025-03-26': () => mcpjam('2025-03-26'),
};

const EXAMPLE = file('node_modules/@modelcontextprotocol/sdk/dist/esm/examples/server/simpleStreamableHttp.js');
// What is wrong with other servers, all of which is so, and what they are to be called with.
const others = {
  // A token that it does not know is answered with 500; 100 KB at most, no pages, no refresh tokens, and clients stay for ever.
  'TypeScript SDK 1.32.2, its example': ['http://localhost:8300/mcp', ['accept-any-refused', 'body-limit', 'challenge-bad-token', 'cors-missing', 'no-offline-access', 'registration-left', 'session-needed', 'token-without-refresh']],
  'FastMCP 4.2.3, its own sign-in': ['http://127.0.0.1:8310/mcp', ['cors-missing', 'registration-left', 'session-needed']],
  // It writes the issuer with a slash more than the provider does, so that no client may go on.
  'FastMCP 4.2.3, a remote issuer': ['http://127.0.0.1:8311/mcp', ['cors-missing', 'issuer-slash']],
};
const withoutPython = (rows) => (leftOut ? rows.filter((row) => /MCPJam|TypeScript/.test(row)) : rows);
const CHECKERS = 'other checkers, of this gateway';
const OTHERS = 'coda-gateway doctor, of other servers';
const rows = { [CHECKERS]: withoutPython(Object.keys(checkers)), [OTHERS]: withoutPython(Object.keys(others)) };
export const wanted = Object.fromEntries(Object.entries(rows).map(([table, names]) => [table, { rows: names, columns: ['result'] }]));

export async function checkersSuite(report) {
  const provider = await demoProvider();
  // Clients of the revision of March 2025 look for the provider's metadata at the MCP server.
  const gate = await gateway(configuration('TLS', { url: DEMO, token_type: 'at+jwt' }, { discovery: { compatibility: 'redirect' } }));
  for (const row of rows[CHECKERS]) await report.cell(CHECKERS, row, 'result', checkers[row]);
  await gate.stop();
  const servers = [start('TypeScript example', process.execPath, [EXAMPLE, '--oauth'], { env: { MCP_PORT: '8300', MCP_AUTH_PORT: '8301' }, ready: answersAt('http://localhost:8300/mcp') })];
  if (!leftOut) servers.push(start('FastMCP', `${python}/python`, [file('servers/fastmcp_servers.py'), '8310', '8311', DEMO], { within: 300, ready: answersAt('http://127.0.0.1:8310/mcp', 'http://127.0.0.1:8311/mcp') }));
  const running = await Promise.all(servers);
  for (const row of rows[OTHERS]) await report.cell(OTHERS, row, 'result', () => walked(...others[row]));
  for (const server of running) await server.stop();
  await provider.stop();
}

const answersAt = (...urls) => () => Promise.all(urls.map((url) => fetch(url))).then(() => true);

async function mcpscore() {
  const { access_token: token } = await tokens(PUBLIC_URL);
  const { stdout, stderr } = await run(`${python}/mcpscore`, ['--no-config', '--json', '--token', token, PUBLIC_URL], { within: 180 });
  check(stdout.startsWith('{'), `no report: ${stderr.slice(-1500)}`);
  const r = JSON.parse(stdout);
  console.log(`     mcpscore: ${r.score} of ${r.max_score}`);
  equal(r.results.filter((x) => x.passed === false).map((x) => x.rule_id).sort(), scoreless, 'rules that take points');
  check((100 * r.score) / r.max_score >= SCORE, `${r.score} of ${r.max_score} is less than ${SCORE} of 100`);
}

async function canmcp() {
  const person = browser();
  const onLine = (line) => /^https:.*redirect_uri=/.test(line) && person.authorizeAndReturn(line, new URL(line).searchParams.get('redirect_uri'));
  const args = [file('clients/canmcp_here.py'), 'check', '--json', '--oauth', PUBLIC_URL];
  const { stdout, stderr, code } = await run(`${python}/python`, args, { onLine, within: 180 });
  check(stdout.startsWith('{'), `no report: ${stderr.slice(-1500)}`);
  const r = JSON.parse(stdout);
  equal([code, r.generic.status, ...Object.values(r.clients).map((c) => c.status)], [0, 'pass', 'pass', 'pass'], `verdicts of ${stdout.slice(0, 6000)}`);
}

async function mcpjam(protocolVersion) {
  const person = browser();
  const openUrl = (url) => person.authorizeAndReturn(url, new URL(url).searchParams.get('redirect_uri'));
  const test = new OAuthConformanceTest({ serverUrl: PUBLIC_URL, protocolVersion, registrationStrategy: 'dcr', auth: { mode: 'interactive', openUrl }, scopes: 'coda:read coda:write', oauthConformanceChecks: true, verification: { listTools: true } });
  const r = await test.run();
  const wrong = r.steps.filter((s) => s.status === 'failed').map((s) => `${s.step}: ${s.error?.message}`);
  check(r.passed && wrong.length === 0, `${r.summary}\n${wrong.join('\n')}`);
  check(r.verification?.listTools?.passed && r.verification.listTools.toolCount > 0, `tools: ${JSON.stringify(r.verification)}`);
}

// What the doctor finds at a server, beside what is true of every one that is on this machine: no more and no less than what
// stands above.
async function walked(url, codes) {
  const stops = codes.includes('issuer-slash');
  const r = await doctor(url, undefined, ...(stops ? [] : ['--register', '--sign-in']));
  const found = r.found.filter((f) => f.severity !== 'info');
  equal(found.map((f) => f.code).sort(), codes, `found ${told(found)}`);
  check(r.ok === !found.some((f) => f.severity === 'error') && /^tool-/.test(r.reached) === !stops, `ok is ${r.ok}, and the last step ${r.reached}`);
}
