// Restarts that nobody notices: callers go on through each proxy while gateways are ended and started again.
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { until } from '../lib/processes.mjs';
import { check, equal } from '../lib/report.mjs';
import { addresses, available, request, startProxy } from '../proxies.mjs';
import { configuration, demoProvider, gateway, PUBLIC_URL, tokens } from '../world.mjs';

const CLIENTS = 16;
const RESTARTS = 20;
const ISSUER = { url: 'https://demo.example.com', token_type: 'at+jwt' };
const rows = { replicas: 'two replicas, health checks, nothing tried again: 20 restarts', single: 'one gateway, refused connections tried again: 5 restarts, at most 1 call of 200' };
// Without health checks nginx can send a call on a connection that the gateway is just closing; it cannot know whether
// the call was read, and answers 502: at most 1 of 1000. Nor does it wait for a gateway that is away: with one gateway who
// calls meanwhile is turned away.
const kinds = (proxy) => Object.keys(rows).filter((kind) => addresses[proxy][kind] && !(proxy === 'nginx' && kind === 'single'));
export const wanted = {
  restarts: { rows: Object.values(rows), columns: available, without: (row, column) => !kinds(column).some((kind) => rows[kind] === row) },
};

export async function restarts(report) {
  const provider = await demoProvider();
  const started = [];
  for (const name of available) for (const kind of kinds(name)) started.push(await startProxy(name, kind));

  const replicas = [await replica('127.0.0.1'), await replica('127.0.0.2')];
  const { access_token } = await tokens(PUBLIC_URL);
  const through = (kind) => Object.fromEntries(available.filter((name) => kinds(name).includes(kind)).map((name) => [name, new Callers(name, addresses[name][kind], access_token)]));

  let callers = through('replicas');
  await Promise.all(Object.values(callers).map((c) => c.warm()));
  const rolling = await attempt(async () => {
    for (let i = 0; i < RESTARTS; i++) {
      const which = i % replicas.length;
      equal(await replicas[which].stop(), 0, 'exit code of a replica');
      replicas[which] = await replica(which ? '127.0.0.2' : '127.0.0.1');
      await inUse(replicas[which], Object.keys(callers));
    }
  });
  for (const name of Object.keys(callers)) await report.cell('restarts', rows.replicas, name, async () => (rolling(), callers[name].end(name === 'nginx' ? 1000 : 0)));

  await replicas[1].stop();
  callers = through('single');
  await Promise.all(Object.values(callers).map((c) => c.warm()));
  const single = await attempt(async () => {
    for (let i = 0; i < 5; i++) {
      await replicas[0].stop();
      await sleep(300);
      replicas[0] = await replica('127.0.0.1', '0s');
      await sleep(700);
    }
  });
  for (const name of Object.keys(callers)) await report.cell('restarts', rows.single, name, async () => (single(), callers[name].end(200)));
  for (const p of [replicas[0], ...started, provider]) await p.stop();
}

// What f throws is thrown later, in each cell that it concerns.
async function attempt(f) {
  try {
    await f();
    return () => {};
  } catch (e) {
    return () => {
      throw e;
    };
  }
}

let replicasStarted = 0;
function replica(address, delay = '2s') {
  const config = configuration('TLS', ISSUER, { shutdown_delay: delay, admin: { listen: `${address}:9090` } });
  const name = `gateway ${++replicasStarted}`; // so that each has a log of its own
  return gateway({ ...config, listen: `${address}:8090` }, { name, ready: `http://${address}:9090/readyz` });
}

// Who ends one replica before the proxies have noticed that the other is back leaves them with none. That is what a rolling
// restart waits for, and how long it takes is the proxies' matter, so it is seen in the replica's log.
function inUse(replica, names) {
  return until('all proxies to call the restarted replica', 30, () => {
    const log = readFileSync(replica.file, 'utf8');
    return names.every((name) => log.includes(agentThrough(name)));
  });
}

const agentThrough = (proxy) => `callers through (${proxy})`;

// Callers who call one after the other until they are told to end, each on a connection of its own.
class Callers {
  constructor(proxy, address, token) {
    Object.assign(this, { proxy, address, token, going: true, calls: 0, failed: [], slowest: 0 });
  }
  async warm() {
    // A Traefik that has just started serves one configuration after the other, some with a certificate of its own, so
    // one call that works proves nothing yet.
    let inTurn = 0;
    await until('ten new connections in turn through the proxy', 60, async () => {
      const agent = new https.Agent();
      inTurn = (await this.one(agent)) ? 0 : inTurn + 1;
      agent.destroy();
      return inTurn === 10;
    });
    this.began = performance.now();
    this.loops = Array.from({ length: CLIENTS }, () => this.loop());
  }
  async loop() {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    while (this.going) {
      const asked = performance.now();
      const failure = await this.one(agent);
      this.calls++;
      this.slowest = Math.max(this.slowest, performance.now() - asked);
      if (failure) this.failed.push(`call ${this.calls}, ${new Date().toISOString().slice(11, -1)}: ${failure}`);
      await sleep(40);
    }
    agent.destroy();
  }
  // One call; says what went wrong, if anything.
  async one(agent) {
    const headers = { 'user-agent': agentThrough(this.proxy), 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'coda_whoami', authorization: `Bearer ${this.token}` };
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'coda_whoami', arguments: {}, _meta: meta } });
    try {
      const { status, text } = await request(this.address, { agent, method: 'POST', path: '/mcp', headers, body });
      if (status !== 200 || !JSON.parse(text).result || JSON.parse(text).result.isError) return `${status} ${text.slice(0, 200)}`;
    } catch (e) {
      return e.message;
    }
  }
  // At most one call of so many may fail; 0 = none.
  async end(of = 0) {
    this.going = false;
    await Promise.all(this.loops);
    const seconds = (ms) => (ms / 1000).toFixed(1);
    console.log(`     ${this.calls} calls by ${CLIENTS} callers in ${seconds(performance.now() - this.began)} s, ${this.failed.length} failed; the slowest took ${seconds(this.slowest)} s`);
    if (!of || this.failed.length * of > this.calls) equal(this.failed.slice(0, 3), [], `${this.failed.length} of ${this.calls} calls failed; the first`);
    check(this.calls > 100 * CLIENTS / 10, `only ${this.calls} calls were made`);
  }
}
