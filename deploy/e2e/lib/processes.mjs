// Starts programs, keeps what they print, waits for them and ends them.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const logs = process.env.E2E_LOGS ?? '/tmp';
mkdirSync(logs, { recursive: true });
const running = new Set();
process.on('exit', () => running.forEach((p) => p.kill()));

// A long-running program. `ready` is a URL that answers 200, or a function of its output.
export async function start(name, command, args, { env = {}, ready, within = 60, ...options } = {}) {
  const file = `${logs}/${name.replace(/[^\w.-]+/g, '-')}.log`;
  const log = createWriteStream(file, { flags: 'a' });
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
  const p = { name, child, file, output: '', ended: false, kill: () => kill(child) };
  running.add(p);
  child.stdout.on('data', (d) => (p.output += d));
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  child.on('close', (code, signal) => ((p.ended = true), (p.code = code ?? signal), running.delete(p)));
  child.on('error', (e) => ((p.ended = true), (p.code = e.message), running.delete(p)));
  p.stop = async (signal = 'SIGTERM') => {
    kill(child, signal);
    for (let i = 0; i < 1200 && !p.ended; i++) await sleep(50);
    if (!p.ended) kill(child, 'SIGKILL');
    return p.code;
  };
  try {
    if (ready) await until(`${name} to be ready`, within, () => {
      if (p.ended) throw new Fatal(`${name} ended with ${p.code}:\n${tail(file)}`);
      return typeof ready === 'function' ? ready(p.output) : answers(ready);
    });
  } catch (e) {
    await p.stop('SIGKILL');
    throw e;
  }
  return p;
}

class Fatal extends Error {}

// Repeats check until it gives something truthy.
export async function until(what, seconds, check) {
  const end = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < end) {
    try {
      const value = await check();
      if (value) return value;
    } catch (e) {
      if (e instanceof Fatal) throw e;
      last = e;
    }
    await sleep(100);
  }
  throw new Error(`waited ${seconds} s for ${what}${last ? `; last: ${last.message}` : ''}`);
}

export async function answers(url) {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.ok;
}

// Runs a program to its end. `onLine` sees each line of standard error and output while it runs, and may write to its
// standard input through the second argument; `first` is written there at once.
export function run(command, args, { env = {}, input, first, onLine, within = 60, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true, ...options });
    const p = { kill: () => kill(child) };
    running.add(p);
    const result = { stdout: '', stderr: '' };
    let failure;
    const timer = setTimeout(() => {
      failure = new Error(`${command} ${args.slice(0, 4).join(' ')} … did not end within ${within} s:\n${result.stderr.slice(-1500)}`);
      kill(child, 'SIGKILL');
    }, within * 1000);
    for (const stream of ['stdout', 'stderr']) {
      let rest = '';
      child[stream].on('data', (d) => {
        result[stream] += d;
        if (!onLine) return;
        const lines = (rest + d).split('\n');
        rest = lines.pop();
        for (const line of lines) {
          Promise.resolve(onLine(line, child.stdin)).catch((e) => {
            failure = e;
            kill(child, 'SIGKILL');
          });
        }
      });
    }
    child.stdin.on('error', () => {});
    if (input !== undefined) child.stdin.end(input);
    else if (!onLine) child.stdin.end();
    else if (first) child.stdin.write(first);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(p);
      if (failure) reject(failure);
      else resolve({ ...result, code: code ?? signal });
    });
  });
}

export function tail(file, bytes = 2000) {
  return readFileSync(file, 'utf8').slice(-bytes);
}

function kill(child, signal = 'SIGTERM') {
  try {
    process.kill(-child.pid, signal);
  } catch {}
}
