// The Go SDK's client, in a program of its own.
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { checkResult, checkTools, SCOPES, toldInWords } from './session.mjs';

const REDIRECT = 'http://127.0.0.1:33213/callback';

async function session({ url, browser, clientInformation }) {
  const args = ['-url', url, '-title', `From Go ${Date.now()}`, ...(clientInformation ? ['-client-id', clientInformation.client_id] : [])];
  const onLine = async (line, input) => {
    if (!line.startsWith('authorize ')) return;
    input.write(`${await browser.authorize(line.slice('authorize '.length), REDIRECT)}\n`);
  };
  const { code, stdout, stderr } = await run(`${process.env.E2E_BIN}/gosdk`, args, { onLine, within: 60 });
  check(code === 0, `ended with ${code}: ${stderr.slice(-800)}`);
  const result = JSON.parse(stdout);
  checkTools(result.tools);
  checkResult(result.read, 'coda_find_docs');
  return result;
}

export async function whole(setting) {
  // The handler keeps scopes in a map: their order is by chance.
  const result = await session(setting);
  checkResult(result.write, 'coda_create_doc');
  equal(result.asked.map((s) => s.split(' ').sort().join(' ')), [SCOPES], 'scopes asked for');
}

export async function stepUp(setting) {
  const { asked, write } = await session(setting);
  checkResult(write, 'coda_create_doc');
  equal(asked.length, 2, `authorization requests (${asked})`);
  equal(asked[0], 'coda:read', 'scopes asked for at first');
  check(SCOPES.split(' ').every((s) => asked[1].split(' ').includes(s)), `scopes of the step-up: ${asked[1]}`);
}

export async function told(setting) {
  const { write } = await session(setting);
  check(toldInWords(write), `bob is told: ${JSON.stringify(write).slice(0, 300)}`);
}
