// The Go SDK's client, in a program of its own.
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { checkTools, SCOPES, toldInWords, usual } from './session.mjs';

const REDIRECT = 'http://127.0.0.1:33213/callback';

async function signedIn({ url, browser, clientInformation, session = usual }) {
  const args = ['-url', url, '-read', JSON.stringify(session.read), '-write', JSON.stringify(session.write('Go')), ...(clientInformation ? ['-client-id', clientInformation.client_id] : [])];
  const onLine = async (line, input) => {
    if (!line.startsWith('authorize ')) return;
    input.write(`${await browser.authorize(line.slice('authorize '.length), REDIRECT)}\n`);
  };
  const { code, stdout, stderr } = await run(`${process.env.E2E_BIN}/gosdk`, args, { onLine, within: 60 });
  check(code === 0, `ended with ${code}: ${stderr.slice(-800)}`);
  const result = JSON.parse(stdout);
  checkTools(result.tools, session.tools);
  session.checkRead(result.read, session.read.name);
  return result;
}

export async function whole(setting) {
  // The handler keeps scopes in a map: their order is by chance.
  const result = await signedIn(setting);
  (setting.session ?? usual).checkWrite(result.write, 'the write');
  equal(result.asked.map((s) => s.split(' ').sort().join(' ')), [SCOPES], 'scopes asked for');
}

export async function stepUp(setting) {
  const { asked, write } = await signedIn(setting);
  (setting.session ?? usual).checkWrite(write, 'the write');
  equal(asked.length, 2, `authorization requests (${asked})`);
  equal(asked[0], 'coda:read', 'scopes asked for at first');
  check(SCOPES.split(' ').every((s) => asked[1].split(' ').includes(s)), `scopes of the step-up: ${asked[1]}`);
}

export async function told(setting) {
  const { write } = await signedIn(setting);
  check(toldInWords(write), `bob is told: ${JSON.stringify(write).slice(0, 300)}`);
}
