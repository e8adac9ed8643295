// Three replicas that count together: 50 callers through Caddy while one is killed and all are replaced.
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, until } from '../lib/processes.mjs';
import { check, equal } from '../lib/report.mjs';
import { caddy } from '../proxies.mjs';
import { configuration, demoProvider, gateway, PUBLIC_URL, tokens } from '../world.mjs';

const { E2E_STATE: state } = process.env;
const CALLERS = 50;
const BUDGET = 60;
const PERIOD = 6000;
const CADDY = '127.0.0.10';
// The first stands where the Caddy of one gateway looks, which is how the callers' person signs in.
const hosts = ['127.0.0.1', '127.0.0.12', '127.0.0.13'];
const STORE = '127.0.0.1:6379';
const ISSUER = { url: 'https://demo.example.com', token_type: 'at+jwt' };
const rows = ['50 callers for 15 s', 'one is killed and comes back', 'all are replaced, one by one', 'the store goes away and comes back'];
export const wanted = { replicas: { rows, columns: ['Caddy'] } };

export const storeProgram = (() => {
  for (const name of ['valkey-server', 'redis-server']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {}
  }
  return undefined;
})();

export async function replicas(report) {
  const provider = await demoProvider();
  const seen = await countingCoda();
  let store = await valkey();
  const all = [];
  for (const n of [0, 1, 2]) all[n] = await replica(n);
  const proxy = await caddy('replicas', CADDY, hosts.map((host) => `${host}:8090`));
  const { access_token } = await tokens(PUBLIC_URL);
  const cell = (row, f) =>
    report.cell('replicas', row, 'Caddy', async () => {
      const callers = new Callers(access_token);
      const from = seen.length;
      const killed = await f();
      await callers.end(killed);
      within(seen.slice(from));
    });
  await until('a call through the proxy', 30, async () => (await call(access_token)) === undefined);
  await sleep(PERIOD);
  await cell(rows[0], () => sleep(15_000));
  await cell(rows[1], async () => {
    await sleep(3000);
    const killed = performance.now();
    await all[0].stop('SIGKILL');
    await sleep(3000);
    all[0] = await replica(0);
    await sleep(3000);
    return killed;
  });
  await cell(rows[2], async () => {
    for (const n of [0, 1, 2]) {
      equal(await all[n].stop(), 0, 'exit code of a replica');
      all[n] = await replica(n);
      await sleep(1500);
    }
  });
  await cell(rows[3], async () => {
    await sleep(2000);
    await store.stop('SIGKILL');
    await sleep(5000);
    store = await valkey();
    await sleep(6000);
  });
  for (const p of [...all, proxy, store, provider]) await p.stop();
  seen.server.close();
}

// The most that came in any stretch of a length of time.
function most(times, length) {
  let most = 0;
  for (let i = 0, j = 0; i < times.length; i++) {
    while (times[i] - times[j] >= length) j++;
    most = Math.max(most, i - j + 1);
  }
  return most;
}

// No stretch of a period's length may be granted more than the budget and two in a hundred. What is seen here comes later than
// it was granted, some requests later than others, on a busy machine by up to half a second: the stretch is shorter by that.
function within(times) {
  console.log(`     Coda saw ${times.length} requests, at most ${most(times, PERIOD)} within ${PERIOD / 1000} s; the budget is ${BUDGET}`);
  const seen = most(times, PERIOD - 500);
  check(seen <= BUDGET * 1.02, `Coda saw ${seen} requests within ${(PERIOD - 500) / 1000} s, the budget is ${BUDGET}`);
  check(times.length > 50, `Coda saw ${times.length} requests only`);
}

// Stands before the simulated Coda and notes when each request comes.
async function countingCoda() {
  const times = [];
  const agent = new http.Agent({ keepAlive: true });
  times.server = http.createServer((request, response) => {
    times.push(performance.now());
    const onward = http.request({ host: '127.0.0.1', port: 8972, agent, method: request.method, path: request.url, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => times.server.listen(8992, '127.0.0.1', resolve));
  return times;
}

function valkey() {
  const [host, port] = STORE.split(':');
  return start('valkey', storeProgram, ['--bind', host, '--port', port, '--save', '', '--appendonly', 'no', '--dir', state], { ready: (out) => out.includes('eady to accept connections') });
}

function replica(n) {
  const address = hosts[n];
  const config = configuration('TLS', ISSUER, {
    shutdown_delay: '2s',
    shutdown_grace: '45s', // calls wait for their turn at Coda's budget, for longer than the usual 10 s here
    admin: { listen: `${address}:9090` },
    limits: { store: `redis://${STORE}`, per_person: { calls: 0, at_once: 0 } },
  });
  const coda = { ...config.coda, base_url: 'http://127.0.0.1:8992/apis/v1', budgets: { ...config.coda.budgets, read: `${BUDGET}/6s` } };
  return gateway({ ...config, coda, listen: `${address}:8090` }, { ready: `http://${address}:9090/readyz` });
}

function request({ agent, body, ...options }) {
  return new Promise((resolve, reject) => {
    const lookup = (_, how, done) => (how.all ? done(null, [{ address: CADDY, family: 4 }]) : done(null, CADDY, 4));
    const r = https.request({ host: 'mcp.example.com', port: 443, lookup, agent, timeout: 60_000, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (d) => (text += d));
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    });
    r.on('timeout', () => r.destroy(new Error('no answer within 60 s')));
    r.on('error', reject);
    r.end(body);
  });
}

// One call that reads; says what went wrong, if anything.
async function call(token, agent) {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'coda_whoami', authorization: `Bearer ${token}` };
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'coda_whoami', arguments: {}, _meta: meta } });
  try {
    const { status, text } = await request({ agent, method: 'POST', path: '/mcp', headers, body });
    if (status !== 200 || !JSON.parse(text).result || JSON.parse(text).result.isError) return `${status} ${text.slice(0, 200)}`;
  } catch (e) {
    return e.message;
  }
}

// Callers who call one after the other until they are told to end.
class Callers {
  constructor(token) {
    Object.assign(this, { going: true, calls: 0, failed: [] });
    this.loops = Array.from({ length: CALLERS }, async () => {
      const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
      while (this.going) {
        const began = performance.now();
        const failure = await call(token, agent);
        this.calls++;
        if (failure) this.failed.push({ began, failure: `${new Date().toISOString().slice(11, -1)}: ${failure}` });
        await sleep(20);
      }
      agent.destroy();
    });
  }
  // Where a replica was killed, what it was at work on is lost: one call of a caller at most, and none that came later.
  async end(killed) {
    this.going = false;
    await Promise.all(this.loops);
    const lost = this.failed.filter((f) => f.began < killed);
    const failed = this.failed.filter((f) => !(f.began < killed)).map((f) => f.failure);
    console.log(`     ${this.calls} calls by ${CALLERS} callers, ${failed.length} failed, ${lost.length} were lost with the one that was killed`);
    equal(failed.slice(0, 3), [], `${failed.length} of ${this.calls} calls failed; the first`);
    check(lost.length <= CALLERS, `${lost.length} calls were lost`);
  }
}
