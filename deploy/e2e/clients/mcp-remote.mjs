// mcp-remote: the bridge for clients that only speak stdio. It signs in by itself and is spoken to on its standard input.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { checkTools, TOLD_WITHIN, toldInWords, usual } from './session.mjs';

const bin = new URL('../node_modules/.bin/mcp-remote', import.meta.url).pathname;
const PORT = '33418';

export async function whole(setting) {
  const { answers, signIns } = await session(setting);
  for (const { method, error } of answers) check(!error, `${method} answered ${JSON.stringify(error)}`);
  equal(signIns, ['coda:read coda:write'], 'scopes of the sign-ins');
}

// The first challenge asks for coda:read; the write makes the bridge send the person away once more.
export async function stepUp(setting) {
  const { answers, signIns } = await session(setting);
  for (const { method, error } of answers) check(!error, `${method} answered ${JSON.stringify(error)}`);
  equal(signIns, ['coda:read', 'coda:read coda:write'], 'scopes of the sign-ins');
}

export async function told(setting) {
  const { answers } = await session(setting, TOLD_WITHIN);
  const written = answers.slice(3);
  check(written.some((a) => toldInWords(a.result)), `not told within ${TOLD_WITHIN} calls: ${JSON.stringify(written).slice(0, 600)}`);
}

async function session({ url, browser, clientInformation, session: { tools, read, write, checkRead, checkWrite } = usual }, writes = 1) {
  const requests = [
    { method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'end-to-end suite', version: '1' } } },
    { method: 'tools/list', params: {} },
    { method: 'tools/call', params: read },
    ...Array.from({ length: writes }, () => ({ method: 'tools/call', params: write('mcp-remote') })),
  ].map((r, id) => ({ jsonrpc: '2.0', id, ...r }));
  const answers = [];
  const signIns = [];
  let next = 0;
  const send = (input, message) => input.write(`${JSON.stringify(message)}\n`);
  const onLine = async (line, input) => {
    const address = line.match(/https?:\/\/\S*response_type=code\S*/)?.[0];
    if (address) {
      const query = new URL(address).searchParams;
      signIns.push(query.get('scope').split(' ').filter((s) => s.startsWith('coda:')).sort().join(' '));
      await browser.authorizeAndReturn(address, query.get('redirect_uri'));
    }
    // The bridge reads requests once it is connected; one after the other, as a client does.
    if (next === 0 && /Proxy established|Local STDIO server running|Press Ctrl\+C/i.test(line)) send(input, requests[next++]);
    if (!line.startsWith('{')) return;
    const message = JSON.parse(line);
    if (message.id === undefined) return;
    answers[message.id] = { method: requests[message.id].method, ...message };
    if (message.id === 0) send(input, { jsonrpc: '2.0', method: 'notifications/initialized' });
    if (next < requests.length) send(input, requests[next++]);
    else input.end();
  };
  const args = [url, PORT, '--transport', 'http-only'];
  if (url.startsWith('http://')) args.push('--allow-http');
  if (clientInformation) args.push('--static-oauth-client-info', JSON.stringify({ client_id: clientInformation.client_id }));
  const { stderr } = await run(bin, args, { env: { MCP_REMOTE_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'mcp-remote-')), BROWSER: 'true' }, onLine, within: 90 });
  equal(answers.length, requests.length, `answers (${stderr.slice(-600)})`);
  if (writes === 1 && !answers.some((a) => a.error)) {
    checkTools(answers[1].result.tools, tools);
    checkRead(answers[2].result, read.name);
    checkWrite(answers[3].result, requests[3].params.name);
  }
  return { answers, signIns };
}
