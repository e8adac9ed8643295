// The Python SDK's client, in a program of its own.
import { readFileSync, existsSync } from 'node:fs';
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { checkTools, SCOPES, usual } from './session.mjs';

const cache = process.env.E2E_CACHE;
const REDIRECT = 'http://127.0.0.1:33213/callback';
const program = new URL('python.py', import.meta.url).pathname;

// Why it cannot be run here, if it cannot.
export const leftOut = existsSync(`${cache}/bin/python-client.reason`) ? readFileSync(`${cache}/bin/python-client.reason`, 'utf8').trim() : undefined;

async function signedIn({ url, browser, clientInformation, session = usual }) {
  const args = [program, url, JSON.stringify([session.read, session.write('Python')]), ...(clientInformation ? [clientInformation.client_id, clientInformation.issuer] : [])];
  const onLine = async (line, input) => {
    if (!line.startsWith('authorize ')) return;
    input.write(`${await browser.authorize(line.slice('authorize '.length), REDIRECT)}\n`);
  };
  const { code, stdout, stderr } = await run(`${cache}/python/bin/python`, args, { onLine, within: 180 });
  check(code === 0, `ended with ${code}: ${stderr.slice(-800)}`);
  const result = JSON.parse(stdout.trim().split('\n').at(-1));
  equal(result.revision, '2026-07-28', 'negotiated revision');
  checkTools(result.tools, session.tools);
  session.checkRead(result.read, session.read.name);
  session.checkWrite(result.write, 'the write');
  return result.asked.map((scopes) => scopes.split(' ').filter((s) => s.startsWith('coda:')).sort().join(' '));
}

export async function whole(setting) {
  equal(await signedIn(setting), [SCOPES], 'scopes asked for');
}

export async function stepUp(setting) {
  equal(await signedIn(setting), ['coda:read', SCOPES], 'scopes asked for');
}
