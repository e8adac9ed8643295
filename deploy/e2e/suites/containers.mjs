// deploy/container/compose.traefik.yaml in a container engine: podman, with the compose file and Traefik's file as they stand, and
// gateway.yaml with the provider put in. The images are made here, of the binary by the last stage of the Dockerfile, and of Traefik's
// program under the name that the compose file gives. Certificates come by ACME, from an authority that stands where Let's Encrypt is.
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { call } from '../lib/mcp.mjs';
import { check, equal } from '../lib/report.mjs';
import { run, start, until } from '../lib/processes.mjs';
import { addresses, leftOut as proxyLeftOut, request, standAt, startOutside } from '../proxies.mjs';
import { codaToken, oidcProvider, PUBLIC_URL, tokens } from '../world.mjs';

const { E2E_BIN: bin, E2E_CACHE: cache, E2E_REPOSITORY: repository, E2E_STATE: state } = process.env;
const here = new URL('..', import.meta.url).pathname;
const folder = `${state}/engine`;
const files = `${folder}/deploy/container`;
const SUITE = '10.99.0.1';
const ENGINE = '10.99.0.2';
const name = 'coda-gateway'; // as the compose file says, which podman-compose 1.0 does not read
const GATEWAY = `${name}_gateway_1`;
const rows = ['up, and the gateway is healthy', 'check --online in the gateway’s container', 'a certificate by ACME, and plain HTTP is sent to https', 'a person signs in, calls a tool', 'the log has the client’s address', 'a new gateway in the place of the old one: calls wait'];
export const wanted = { 'compose.traefik.yaml': { rows, columns: ['podman'] } };

const reason = `${cache}/bin/podman.reason`;
// A user namespace of one user, as somebody else than root makes it, is none for containers.
export const leftOut = existsSync(reason) ? readFileSync(reason, 'utf8').trim() : proxyLeftOut('Traefik') ? `Traefik is: ${proxyLeftOut('Traefik')}` : !readFileSync('/proc/self/uid_map', 'utf8').includes('4294967295') ? 'only root can run containers in namespaces of their own' : undefined;

export async function containersSuite(report) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/hosts`, `127.0.0.1 localhost\n${SUITE} op.example.com coda.example.com acme-v02.api.letsencrypt.org\n`);
  const running = [await start('container engine', 'unshare', ['--mount', '--net', '--cgroup', `${here}/engine.sh`, folder, String(process.pid), `${folder}/hosts`], { ready: (out) => out.includes('ready') })];
  const engine = inside(running[0].child.pid);
  try {
    running.push(...(await Promise.all([startOutside(SUITE), oidcProvider('TLS')])));
    await standAt(ENGINE);
    write();
    await images(engine);
    await cells(report, engine);
  } finally {
    await engine('podman', 'rm', '--all', '--force', '--time', '10');
    for (const p of running.reverse()) await p.stop();
    await standAt(addresses.Caddy.single);
  }
}

async function cells(report, engine) {
  const cell = (row, f) => report.cell('compose.traefik.yaml', row, 'podman', f);
  const compose = (...args) => must(engine, 'podman-compose', '--project-name', name, '-f', 'compose.traefik.yaml', ...args);
  const logs = () => engine('podman', 'logs', GATEWAY).then((said) => said.all);
  const healthy = async () => until(`the gateway to be healthy`, 120, async () => {
    const said = await engine('podman', 'healthcheck', 'run', GATEWAY);
    if (said.code !== 0) throw new Error(`${said.all}\n${(await logs()).slice(-1500)}`);
    return true;
  });
  await cell(rows[0], async () => {
    await compose('up', '--detach', '--no-build');
    await healthy();
  });
  await cell(rows[1], () => must(engine, 'podman', 'exec', GATEWAY, '/coda-gateway', 'check', '--online'));
  await cell(rows[2], async () => {
    // Until Traefik has it, it shows one of its own making.
    await until('a certificate that the suite trusts', 120, () => request(ENGINE, { path: '/healthz', agent: false }).then((r) => r.status === 200));
    const plain = await fetch('http://mcp.example.com/mcp', { method: 'POST', redirect: 'manual', body: '{}' });
    equal([plain.status, plain.headers.get('location')], [308, PUBLIC_URL], 'plain HTTP');
  });
  let token;
  const works = (answer) => equal([answer.status, answer.result?.isError ?? false], [200, false], `a call (${answer.text.slice(0, 300)})`);
  await cell(rows[3], async () => {
    token = (await tokens(PUBLIC_URL)).access_token;
    works(await call(PUBLIC_URL, token, 'coda_find_docs'));
  });
  await cell(rows[4], async () => {
    const agent = `client address ${Date.now()}`;
    await request(ENGINE, { method: 'POST', path: '/mcp', headers: { 'user-agent': agent, 'x-forwarded-for': '203.0.113.9' } });
    const line = await until('the request in the log', 60, async () => (await logs()).split('\n').find((l) => l.includes(agent)));
    equal(JSON.parse(line).client, SUITE, `client in ${line}`);
  });
  await cell(rows[5], async () => {
    const id = () => must(engine, 'podman', 'inspect', '--format', '{{.Id}}', GATEWAY).then((said) => said.stdout.trim());
    const before = await id();
    await must(engine, 'podman', 'rm', '--force', '--time', '30', GATEWAY);
    const waiting = Promise.all([1, 2, 3, 4].map(() => call(PUBLIC_URL, token, 'coda_whoami')));
    await compose('up', '--detach', '--no-build', 'gateway');
    (await waiting).forEach(works);
    check((await id()) !== before, 'the gateway is the old one');
  });
}

// The folder as it is on somebody's disk: gateway.yaml with the provider that they have, and the secret.
function write() {
  cpSync(`${repository}/deploy/container`, files, { recursive: true });
  const shipped = readFileSync(`${files}/gateway.yaml`, 'utf8');
  const file = shipped.replace(/issuers:\n( .*\n)+/, 'issuers: [{url: "https://op.example.com", token_type: at+jwt}]\n');
  check(file !== shipped && file.includes(PUBLIC_URL), `gateway.yaml has other names:\n${file}`);
  writeFileSync(`${files}/gateway.yaml`, `${file}  base_url: https://coda.example.com/apis/v1\n`);
  mkdirSync(`${files}/secrets`, { mode: 0o700 });
  writeFileSync(`${files}/secrets/coda-token`, `${codaToken}\n`, { mode: 0o400 });
  chownSync(`${files}/secrets/coda-token`, 65532, 65532);
}

// Both images believe the suite's authority, and are what the names in the compose files stand for.
async function images(engine) {
  const build = async (image, last, put) => {
    const context = `${folder}/image`;
    rmSync(context, { recursive: true, force: true });
    mkdirSync(`${context}/etc/ssl/certs`, { recursive: true });
    cpSync(`${state}/ca.pem`, `${context}/etc/ssl/certs/ca-certificates.crt`);
    put(context);
    writeFileSync(`${folder}/Dockerfile`, last);
    await must(engine, 'podman', 'build', '--format', 'docker', '--file', `${folder}/Dockerfile`, '--tag', image, context);
  };
  const dockerfile = readFileSync(`${repository}/deploy/container/Dockerfile`, 'utf8');
  await build('coda-gateway', dockerfile.slice(dockerfile.indexOf('FROM scratch')).replaceAll('--from=build ', ''), (context) => {
    mkdirSync(`${context}/out/state`, { recursive: true });
    cpSync(`${bin}/coda-gateway`, `${context}/out/coda-gateway`);
  });
  const [, traefik] = readFileSync(`${files}/compose.traefik.yaml`, 'utf8').match(/image: (\S*traefik\S*)/);
  await build(traefik, 'FROM scratch\nCOPY . /\nENTRYPOINT ["/traefik"]\n', (context) => cpSync(realpathSync(`${cache}/bin/traefik`), `${context}/traefik`));
}

// Commands where the engine is.
function inside(pid) {
  const env = { CONTAINERS_CONF: `${folder}/containers.conf`, CONTAINERS_STORAGE_CONF: `${folder}/storage.conf`, DISABLE_HC_SYSTEMD: 'true' };
  return async (...command) => {
    const said = await run('nsenter', ['--target', String(pid), '--mount', '--net', '--cgroup', `--wdns=${files}`, ...command], { env, within: 300 });
    return { ...said, all: said.stdout + said.stderr };
  };
}

// What succeeds, or says why not.
async function must(engine, ...command) {
  const said = await engine(...command);
  equal(said.code, 0, `${command.join(' ').slice(0, 80)} (${said.all.slice(-1500)})`);
  return said;
}
