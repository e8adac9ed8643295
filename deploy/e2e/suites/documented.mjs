// What the README and the demo's screen tell people to type, typed, by somebody who has just cloned the repository.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { check, equal } from '../lib/report.mjs';
import { start } from '../lib/processes.mjs';
import { checkResult } from '../clients/session.mjs';

const repository = process.env.E2E_REPOSITORY;
const bin = process.env.E2E_BIN;
const rows = ['demo screen: curl', 'demo screen: VS Code', 'demo --print-config passes check', 'README: curl', 'README: smallest gateway.yaml passes check'];
export const wanted = { documented: { rows, columns: ['result'] } };

export async function documented(report) {
  const cell = (row, f) => report.cell('documented', row, 'result', f);
  const demo = await cloned();
  const screen = demo.output.split('\n');
  await cell(rows[0], () => {
    const at = screen.findIndex((l) => /^\s*curl\s+TOKEN=/.test(l));
    check(at >= 0, `no curl commands on the screen:\n${demo.output}`);
    answers(shell([screen[at].replace(/^\s*curl\s+/, ''), screen[at + 1].trim()].join('\n')));
  });
  await cell(rows[1], () => {
    const json = demo.output.match(/code --add-mcp '(\{.*\})'/)?.[1];
    equal(JSON.parse(json), { name: 'coda-demo', type: 'http', url: 'http://127.0.0.1:8080/mcp' }, 'what VS Code is given');
  });
  await cell(rows[2], () => checkFile('demo.yaml', execFileSync(`${bin}/coda-demo`, ['--print-config'], { encoding: 'utf8' })));
  const readme = readFileSync(`${repository}/README.md`, 'utf8');
  await cell(rows[3], () => {
    const block = blocks(readme, 'sh').find((b) => b.includes('TOKEN=$('));
    check(block, 'README.md has no block with TOKEN=$(…)');
    answers(shell(block));
  });
  await cell(rows[4], () => {
    const block = blocks(readme, 'yaml').find((b) => b.includes('public_url'));
    check(block, 'README.md has no gateway.yaml');
    mkdirSync('/run/secrets', { recursive: true });
    writeFileSync('/run/secrets/coda-token', 'a-token\n', { mode: 0o600 });
    checkFile('readme.yaml', block);
  });
  await demo.stop();
}

// The demo as somebody starts it who has just come: cloned, built and run by the README's command. How long that takes is printed;
// Go's module and build caches are those of the machine.
async function cloned() {
  const began = performance.now();
  // An unpacked archive cannot be cloned.
  const folder = existsSync(`${repository}/.git`) ? `${process.env.E2E_STATE}/clone` : repository;
  if (folder !== repository) execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${repository}`, folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  const demo = await start('coda-demo screen', 'go', ['run', './cmd/coda-demo'], { cwd: folder, within: 900, ready: (out) => out.includes('print-config') });
  console.log(`     ${folder === repository ? 'from go run' : 'from git clone'} to the demo's screen: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return demo;
}

function shell(commands) {
  return execFileSync('bash', ['-euo', 'pipefail', '-c', commands], { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function answers(output) {
  const { result, error } = JSON.parse(output);
  check(result, `answered ${JSON.stringify(error)}`);
  checkResult(result, 'the call');
}

function checkFile(name, text) {
  const file = `${process.env.E2E_STATE}/${name}`;
  writeFileSync(file, text, { mode: 0o600 });
  execFileSync(`${bin}/coda-gateway`, ['check', '--config', file], { encoding: 'utf8', stdio: 'pipe', env: { ...process.env, CODA_API_TOKEN: 'a-token' } });
}

// Fenced blocks of a language, wherever they are indented.
function blocks(markdown, language) {
  return [...markdown.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)\\n\\1\`\`\``, 'gm'))].map(([, indent, body]) => body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}
