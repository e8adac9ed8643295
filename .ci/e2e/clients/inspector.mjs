// MCP Inspector's command line: signs in at the first command, keeps the tokens, and uses them in the next ones.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { checkResult, checkTools, READ, write } from './session.mjs';

const CALLBACK = 'http://127.0.0.1:6276/oauth/callback';
const bin = new URL('../node_modules/.bin/mcp-inspector', import.meta.url).pathname;

export const inspector = (era) => ({ whole: (setting) => whole(era, setting), stepUp: (setting) => stepUp(era, setting) });

// One command of the CLI. Wherever it prints an authorization address, the person signs in; the number of times is returned.
function command(home, { url, browser }, era, args) {
  let signIns = 0;
  let waiting = '';
  const onLine = async (line) => {
    const address = line.match(/https?:\/\/\S*response_type=code\S*/)?.[0];
    if (!address || address === waiting) return;
    waiting = address;
    signIns++;
    await browser.authorizeAndReturn(address, CALLBACK);
  };
  return run(bin, ['--cli', url, '--transport', 'http', '--protocol-era', era, '--format', 'json', ...args], {
    env: { HOME: home, MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file', BROWSER: 'true' },
    onLine,
    within: 60,
  }).then((result) => ({ ...result, signIns }));
}

function answer({ code, stdout, stderr }, what) {
  check(code === 0, `${what} ended with ${code}: ${stderr.slice(-800)} ${stdout.slice(-400)}`);
  const line = stdout.trim().split('\n').at(-1);
  const value = JSON.parse(line);
  return value.result ?? value;
}

async function whole(era, setting) {
  const home = mkdtempSync(join(tmpdir(), 'inspector-'));
  const listed = await command(home, setting, era, ['--method', 'tools/list', '--strict']);
  checkTools(answer(listed, 'tools/list --strict').tools);
  equal(listed.signIns, 1, 'sign-ins');
  const call = async (request) => {
    const called = await command(home, setting, era, ['--method', 'tools/call', '--tool-name', request.name, '--tool-args-json', JSON.stringify(request.arguments)]);
    checkResult(answer(called, request.name), request.name);
    equal(called.signIns, 0, 'sign-ins for a call with a stored token');
  };
  await call(READ);
  await call(write('Inspector'));
}

async function stepUp(era, setting) {
  const home = mkdtempSync(join(tmpdir(), 'inspector-'));
  const identity = setting.clientInformation ? ['--client-id', setting.clientInformation.client_id] : [];
  const listed = await command(home, setting, era, [...identity, '--method', 'tools/list']);
  checkTools(answer(listed, 'tools/list').tools);
  const request = write('Inspector');
  const called = await command(home, setting, era, [...identity, '--method', 'tools/call', '--tool-name', request.name, '--tool-args-json', JSON.stringify(request.arguments)]);
  checkResult(answer(called, request.name), request.name);
  equal(called.signIns, 1, 'sign-ins for the step-up');
}
