// coda-gateway doctor: it walks the way of every client, up to a tool call, and finds nothing wrong.
import { writeFileSync } from 'node:fs';
import { discover } from '../lib/oauth.mjs';
import { run } from '../lib/processes.mjs';
import { check, equal } from '../lib/report.mjs';
import { tokens } from '../world.mjs';

const { E2E_BIN: bin, E2E_STATE: state } = process.env;

// All names of the suite lead to this machine, which the doctor rightly tells.
const ofTheSuite = ['dns-private', 'address-private'];

// oidc-provider takes no redirect of Cursor's own scheme, so that Cursor cannot register there: the doctor rightly says so.
const withoutCursor = ['claude', 'claude-code', 'chatgpt', 'vscode', 'inspector', 'typescript-sdk', 'python-sdk'].flatMap((c) => ['--client', c]);

export async function doctor(url, token, ...options) {
  const file = `${state}/doctor-token`;
  writeFileSync(file, token ?? '', { mode: 0o600 });
  const args = ['doctor', url, '--json', '--allow-private', ...(token ? ['--token', file] : []), ...options];
  const { stdout, stderr, code } = await run(`${bin}/coda-gateway`, args, { within: 120, env: { BROWSER: 'curl -sL -o /dev/null' } });
  check(stdout.startsWith('{'), `doctor ended with ${code}: ${stderr}`);
  const report = JSON.parse(stdout);
  report.found = report.events.flatMap((e) => e.findings ?? []).filter((f) => !ofTheSuite.includes(f.code));
  report.code = code;
  return report;
}

export const told = (found) => found.map((f) => `${f.code} (${f.text} ${f.cure})`).join('\n');

export async function whole({ url, token }) {
  const { server } = await discover(url);
  const clients = /:8280|op\.example/.test(server.issuer) ? withoutCursor : [];
  const r = await doctor(url, token ? await token() : (await tokens(url)).access_token, '--register', ...clients);
  check(r.found.length === 0 && r.ok, `found ${told(r.found)}`);
  equal([r.code, r.reached], [0, 'tool-call'], 'exit code and last step');
}
