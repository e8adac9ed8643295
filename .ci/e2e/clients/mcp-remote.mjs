// mcp-remote: the bridge for clients that only speak stdio. It signs in by itself and is spoken to on its standard input.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { checkResult, checkTools, READ, write } from './session.mjs';

const bin = new URL('../node_modules/.bin/mcp-remote', import.meta.url).pathname;
const PORT = '33418';

export async function whole({ url, browser }) {
  const requests = [
    { method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'end-to-end suite', version: '1' } } },
    { method: 'tools/list', params: {} },
    { method: 'tools/call', params: READ },
    { method: 'tools/call', params: write('mcp-remote') },
  ].map((r, id) => ({ jsonrpc: '2.0', id, ...r }));
  const answers = new Map();
  let signIns = 0;
  let next = 0;
  const send = (input, message) => input.write(`${JSON.stringify(message)}\n`);
  const onLine = async (line, input) => {
    const address = line.match(/https?:\/\/\S*response_type=code\S*/)?.[0];
    if (address) {
      signIns++;
      await browser.authorizeAndReturn(address, redirectOf(address));
    }
    // The bridge reads requests once it is connected; one after the other, as a client does.
    if (next === 0 && /Proxy established|Local STDIO server running|Press Ctrl\+C/i.test(line)) send(input, requests[next++]);
    if (!line.startsWith('{')) return;
    const message = JSON.parse(line);
    if (message.id === undefined) return;
    answers.set(message.id, message);
    if (message.id === 0) send(input, { jsonrpc: '2.0', method: 'notifications/initialized' });
    if (next < requests.length) send(input, requests[next++]);
    else input.end();
  };
  const args = [url, PORT, '--transport', 'http-only', ...(url.startsWith('http://') ? ['--allow-http'] : [])];
  const { stderr } = await run(bin, args, { env: { MCP_REMOTE_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'mcp-remote-')), BROWSER: 'true' }, onLine, within: 60 });
  equal(answers.size, requests.length, `answers (${stderr.slice(-600)})`);
  for (const [id, a] of answers) check(!a.error, `${requests[id].method} answered ${JSON.stringify(a.error)}`);
  checkTools(answers.get(1).result.tools);
  checkResult(answers.get(2).result, READ.name);
  checkResult(answers.get(3).result, 'coda_create_doc');
  equal(signIns, 1, 'sign-ins');
}

function redirectOf(address) {
  return new URL(address).searchParams.get('redirect_uri');
}
