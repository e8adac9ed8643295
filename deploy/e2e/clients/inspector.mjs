// MCP Inspector's command line: signs in at the first command, keeps the tokens, and uses them in the next ones.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { checkResult, checkTools, READ, SCOPES, TOLD_WITHIN, toldInWords, usual, write } from './session.mjs';

const CALLBACK = 'http://127.0.0.1:6276/oauth/callback';
const bin = new URL('../node_modules/.bin/mcp-inspector', import.meta.url).pathname;

export const inspector = (era) => ({ whole: (setting) => whole(era, setting), stepUp: (setting) => stepUp(era, setting), told: (setting) => told(era, setting) });

// One command of the CLI. Wherever it prints an authorization address, the person signs in; the scopes asked for are returned.
// Whether to step up it asks on standard input: yes.
function command(home, { browser }, target, args) {
  const signIns = [];
  let waiting = '';
  const onLine = async (line) => {
    const address = line.match(/https?:\/\/\S*response_type=code\S*/)?.[0];
    if (!address || address === waiting) return;
    waiting = address;
    signIns.push(new URL(address).searchParams.get('scope').split(' ').filter((s) => s.startsWith('coda:')).sort().join(' '));
    await browser.authorizeAndReturn(address, CALLBACK);
  };
  return run(bin, ['--cli', ...target, '--format', 'json', ...args], {
    env: { HOME: home, MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file', BROWSER: 'true' },
    onLine,
    first: 'y\n',
    within: 90,
  }).then((result) => ({ ...result, signIns }));
}

// A tool that answers with an error has the command end with another status, after printing the answer.
function answer({ code, stdout, stderr }, what) {
  const line = stdout.trim().split('\n').at(-1);
  check(code === 0 || line.includes('"isError":true'), `${what} ended with ${code}: ${stderr.slice(-800)} ${stdout.slice(-400)}`);
  const value = JSON.parse(line);
  return value.result ?? value;
}

function callArguments({ name, arguments: args }) {
  return ['--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args)];
}

async function whole(era, setting) {
  const { session = usual } = setting;
  const home = mkdtempSync(join(tmpdir(), 'inspector-'));
  const target = [setting.url, '--transport', 'http', '--protocol-era', era];
  const listed = await command(home, setting, target, ['--method', 'tools/list', '--strict']);
  checkTools(answer(listed, 'tools/list --strict').tools, session.tools);
  equal(listed.signIns, [SCOPES], 'scopes of the sign-ins');
  for (const [request, good] of [[session.read, session.checkRead], [session.write('Inspector'), session.checkWrite]]) {
    const called = await command(home, setting, target, callArguments(request));
    good(answer(called, request.name), request.name);
    equal(called.signIns, [], 'sign-ins for a call with a stored token');
  }
}

// Inspector prefers the metadata's scopes to the challenge's, so the first sign-in's are in its own file.
async function stepUp(era, setting) {
  const { session = usual } = setting;
  const home = mkdtempSync(join(tmpdir(), 'inspector-'));
  const file = join(home, 'servers.json');
  const oauth = { scopes: 'coda:read', ...(setting.clientInformation ? { clientId: setting.clientInformation.client_id } : {}) };
  writeFileSync(file, JSON.stringify({ mcpServers: { coda: { type: 'streamable-http', url: setting.url, protocolEra: era, oauth } } }));
  const target = ['--config', file, '--server', 'coda'];
  const listed = await command(home, setting, target, ['--method', 'tools/list']);
  checkTools(answer(listed, 'tools/list').tools, session.tools);
  equal(listed.signIns, ['coda:read'], 'scopes of the first sign-in');
  const request = session.write('Inspector');
  const called = await command(home, setting, target, callArguments(request));
  session.checkWrite(answer(called, request.name), request.name);
  equal(called.signIns, [SCOPES], 'scopes of the step-up');
}

async function told(era, setting) {
  const home = mkdtempSync(join(tmpdir(), 'inspector-'));
  const target = [setting.url, '--transport', 'http', '--protocol-era', era];
  const read = await command(home, setting, target, callArguments(READ));
  checkResult(answer(read, READ.name), READ.name);
  const seen = [];
  for (let i = 0; i < TOLD_WITHIN; i++) {
    const { stdout, stderr } = await command(home, setting, target, callArguments(write('bob')));
    for (const line of stdout.trim().split('\n')) {
      if (!line.startsWith('{')) continue;
      const value = JSON.parse(line);
      if (toldInWords(value.result ?? value)) return;
    }
    seen.push(`${stdout.slice(-200)} ${stderr.slice(-200)}`);
  }
  throw new Error(`not told within ${TOLD_WITHIN} calls: ${seen.join(' | ')}`);
}
