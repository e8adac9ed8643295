// Restarts that nobody notices: callers go on through Caddy and Traefik while gateways are ended and started again.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, until } from '../lib/processes.mjs';
import { check, equal } from '../lib/report.mjs';
import { configuration, demoProvider, gateway, PUBLIC_URL, tokens } from '../world.mjs';

const { E2E_CACHE: cache, E2E_REPOSITORY: repository, E2E_STATE: state } = process.env;
const here = new URL('..', import.meta.url).pathname;
const CLIENTS = 16;
const RESTARTS = 20;
const ISSUER = { url: 'https://demo.example.com', token_type: 'at+jwt' };
const rows = ['two replicas, health checks, nothing tried again: 20 restarts', 'one gateway, refused connections tried again: 5 restarts, at most 1 call of 200'];
// Each proxy has a loopback address of its own, so that all of them can be port 443 of mcp.example.com at once.
const proxies = { Caddy: { replicas: '127.0.0.5', single: '127.0.0.1' }, Traefik: { replicas: '127.0.0.3', single: '127.0.0.4' } };
const traefikBinary = `${cache}/bin/traefik`;
const columns = Object.keys(proxies).filter((name) => name !== 'Traefik' || existsSync(traefikBinary));
export const wanted = { restarts: { rows, columns } };

export async function restarts(report) {
  if (!columns.includes('Traefik')) console.log(`Traefik is left out: ${existsSync(`${traefikBinary}.reason`) ? readFileSync(`${traefikBinary}.reason`, 'utf8').trim() : 'it was not built'}`);
  const provider = await demoProvider();
  const started = [await caddyForReplicas()];
  if (columns.includes('Traefik')) started.push(await traefik('replicas'), await traefik('single'));

  const replicas = [await replica('127.0.0.1'), await replica('127.0.0.2')];
  const { access_token } = await tokens(PUBLIC_URL);
  const through = (kind) => Object.fromEntries(columns.map((name) => [name, new Callers(name, proxies[name][kind], access_token)]));

  let callers = through('replicas');
  await Promise.all(Object.values(callers).map((c) => c.warm()));
  const rolling = await attempt(async () => {
    for (let i = 0; i < RESTARTS; i++) {
      const which = i % replicas.length;
      equal(await replicas[which].stop(), 0, 'exit code of a replica');
      replicas[which] = await replica(which ? '127.0.0.2' : '127.0.0.1');
      await inUse(replicas[which]);
    }
  });
  for (const name of columns) await report.cell('restarts', rows[0], name, async () => (rolling(), callers[name].end()));

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
  for (const name of columns) await report.cell('restarts', rows[1], name, async () => (single(), callers[name].end(200)));
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
function inUse(replica) {
  return until('both proxies to call the restarted replica', 30, () => {
    const log = readFileSync(replica.file, 'utf8');
    return columns.every((name) => log.includes(agentThrough(name)));
  });
}

const agentThrough = (proxy) => `callers through ${proxy}`;

function caddyForReplicas() {
  return start('caddy for replicas', `${cache}/bin/caddy-v2.11.9`, ['run', '--config', `${here}/Caddyfile.replicas`, '--adapter', 'caddyfile'], {
    env: { CODA_GATEWAY_UPSTREAMS: '127.0.0.1:8090 127.0.0.2:8090' },
    ready: () => answers(proxies.Caddy.replicas),
  });
}

// deploy/traefik as it stands, but for its addresses, the certificate in place of ACME, and the gateways' ports.
function traefik(kind) {
  const address = proxies.Traefik[kind];
  const certificate = mint();
  const fixed = readFileSync(`${repository}/deploy/traefik/traefik.yaml`, 'utf8')
    .replace('":80"', `"${address}:80"`)
    .replace('":443"', `"${address}:443"`)
    .replace('dynamic.yaml}', `${state}/traefik-${kind}-dynamic.yaml}`)
    .replace(/certificatesResolvers:\n.*\n.*\n/, '');
  const dynamic = readFileSync(`${repository}/deploy/traefik/${kind === 'single' ? 'dynamic' : 'replicas'}.yaml`, 'utf8')
    .replace('{certResolver: acme}', '{}')
    .replaceAll(':8080', ':8090');
  check(!`${fixed}${dynamic}`.includes('acme'), 'the certificate of ACME is still asked for');
  writeFileSync(`${state}/traefik-${kind}.yaml`, fixed);
  writeFileSync(`${state}/traefik-${kind}-dynamic.yaml`, `${dynamic}tls: {certificates: [{certFile: ${certificate}.pem, keyFile: ${certificate}-key.pem}]}\n`);
  return start(`traefik ${kind}`, traefikBinary, [`--configFile=${state}/traefik-${kind}.yaml`], { ready: () => answers(address) });
}

// A certificate for mcp.example.com by the suite's authority.
function mint() {
  const file = `${state}/mcp`;
  if (!existsSync(`${file}.pem`)) {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30', '-subj', '/CN=mcp.example.com', '-addext', 'subjectAltName=DNS:mcp.example.com',
      '-addext', 'basicConstraints=critical,CA:FALSE', '-CA', `${state}/ca.pem`, '-CAkey', `${state}/ca-key.pem`, '-keyout', `${file}-key.pem`, '-out', `${file}.pem`], { stdio: 'ignore' });
  }
  return file;
}

// Whether a proxy at that address speaks TLS for mcp.example.com, whatever it answers.
function answers(address) {
  return request(address, { path: '/healthz' }).then(() => true);
}

function request(address, { agent, body, ...options }) {
  return new Promise((resolve, reject) => {
    const lookup = (_, how, done) => (how.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4));
    const r = https.request({ host: 'mcp.example.com', port: 443, lookup, agent, timeout: 20_000, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (d) => (text += d));
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    });
    r.on('timeout', () => r.destroy(new Error('no answer within 20 s')));
    r.on('error', reject);
    r.end(body);
  });
}

// Callers who call one after the other until they are told to end, each on a connection of its own.
class Callers {
  constructor(proxy, address, token) {
    Object.assign(this, { proxy, address, token, going: true, calls: 0, failed: [] });
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
    this.loops = Array.from({ length: CLIENTS }, () => this.loop());
  }
  async loop() {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    while (this.going) {
      const failure = await this.one(agent);
      this.calls++;
      if (failure) this.failed.push(`call ${this.calls}, ${new Date().toISOString().slice(11, -1)}: ${failure}`);
      await sleep(20);
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
    console.log(`     ${this.calls} calls by ${CLIENTS} callers, ${this.failed.length} failed`);
    if (!of || this.failed.length * of > this.calls) equal(this.failed.slice(0, 3), [], `${this.failed.length} of ${this.calls} calls failed; the first`);
    check(this.calls > 100 * CLIENTS / 10, `only ${this.calls} calls were made`);
  }
}
