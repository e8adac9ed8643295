// The proxies of deploy/, each started with its files as they stand, but for addresses, the gateways' port, and a certificate of
// the suite's authority in place of ACME. Each has a loopback address of its own, so that all of them can be port 443 of
// mcp.example.com at once; who stands there is a line in the hosts file.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { run, start } from './lib/processes.mjs';
import { check, equal } from './lib/report.mjs';
import { containerEngine } from './providers/container-engine.mjs';

const { E2E_CACHE: cache, E2E_REPOSITORY: repository, E2E_STATE: state } = process.env;
const here = new URL('.', import.meta.url).pathname;
const HOST = 'mcp.example.com';

// By proxy and kind: one gateway, or two. Traefik learns of them from a file, or from the labels of containers.
export const addresses = {
  Caddy: { single: '127.0.0.1', replicas: '127.0.0.5' },
  Traefik: { single: '127.0.0.4', replicas: '127.0.0.3' },
  'Traefik, labels': { replicas: '127.0.0.8' },
  nginx: { single: '127.0.0.6', replicas: '127.0.0.7' },
};
const starters = { Caddy: caddy, Traefik: traefik, 'Traefik, labels': (_, address) => traefik('labels', address), nginx };
const tool = { Traefik: 'traefik', 'Traefik, labels': 'traefik', nginx: 'nginx' };

// Why a proxy cannot be run here, if it cannot.
export function leftOut(proxy) {
  if (!tool[proxy] || existsSync(`${cache}/bin/${tool[proxy]}`)) return undefined;
  const reason = `${cache}/bin/${tool[proxy]}.reason`;
  return existsSync(reason) ? readFileSync(reason, 'utf8').trim() : 'it was not built';
}

export const available = Object.keys(addresses).filter((proxy) => !leftOut(proxy));

export function sayWhatIsLeftOut() {
  for (const proxy of Object.keys(addresses)) if (leftOut(proxy)) console.log(`${proxy} is left out: ${leftOut(proxy)}`);
}

// Ready is where it speaks TLS for the host, whatever it answers.
export function startProxy(proxy, kind) {
  if (proxy === 'Caddy' && kind === 'single') return { stop() {} };
  return starters[proxy](kind, addresses[proxy][kind]);
}

// From now on mcp.example.com is that address for everybody. Connections that fetch keeps are not used any more.
export function standAt(address) {
  const hosts = readFileSync('/etc/hosts', 'utf8').replaceAll(` ${HOST}`, '').split('\n').filter((line) => line.includes(' '));
  writeFileSync('/etc/hosts', `${[...hosts, `${address} ${HOST}`].join('\n')}\n`);
  const dispatcher = Symbol.for('undici.globalDispatcher.1');
  const before = globalThis[dispatcher];
  globalThis[dispatcher] = new before.constructor();
  return before.close();
}

// A certificate for mcp.example.com by the suite's authority; its name ends in -key.pem and .pem.
export function mint(name = 'mcp') {
  const file = `${state}/${name}`;
  if (!existsSync(`${file}.pem`)) {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30', '-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`,
      '-addext', 'basicConstraints=critical,CA:FALSE', '-CA', `${state}/ca.pem`, '-CAkey', `${state}/ca-key.pem`, '-keyout', `${file}-key.pem`, '-out', `${file}.pem`], { stdio: 'ignore' });
  }
  return file;
}

// A request to whoever has that address, or is mcp.example.com.
export function request(address, { agent, body, ...options }) {
  return new Promise((resolve, reject) => {
    const lookup = (_, how, done) => (how.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4));
    const r = https.request({ host: HOST, port: 443, ...(address ? { lookup } : {}), agent, timeout: 20_000, ...options }, (response) => {
      let text = '';
      const certificate = response.socket.getPeerCertificate?.();
      response.setEncoding('utf8');
      response.on('data', (d) => (text += d));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, certificate, text }));
      response.on('error', reject);
    });
    r.on('timeout', () => r.destroy(new Error('no answer within 20 s')));
    r.on('error', reject);
    r.end(body);
  });
}

export const speaks = (address) => request(address, { path: '/healthz' }).then(() => true);

// How many requests for the gateway a proxy has put down in its log.
const accessLogs = { Caddy: ['caddy-single', '"logger":"http.log.access'], Traefik: ['traefik-single', '"coda-gateway@file"'], nginx: ['nginx-single-access', 'HTTP/'] };
export function requestsSeen(proxy) {
  const [log, mark] = accessLogs[proxy];
  return readFileSync(`${process.env.E2E_LOGS}/${log}.log`, 'utf8').split('\n').filter((line) => line.includes(mark)).length;
}

const shipped = (path) => readFileSync(`${repository}/deploy/${path}`, 'utf8');

// The Caddy of one gateway also has the providers' names, and is up from the beginning to the end.
export function caddy(kind = 'single', address = addresses.Caddy[kind], upstreams = ['127.0.0.1:8090', '127.0.0.2:8090']) {
  const options = readFileSync(`${here}/Caddyfile.options`, 'utf8');
  const file = `${state}/Caddyfile.${kind}-${address}`;
  const text = shipped(kind === 'single' ? 'caddy/Caddyfile' : 'caddy/Caddyfile.replicas').replace('\n{\n', `\n{\n${options}`);
  check(text.includes(options), 'the place for options in the Caddyfile');
  writeFileSync(file, kind === 'single' ? text + readFileSync(`${here}/Caddyfile`, 'utf8') : text);
  return start(`caddy ${kind}${upstreams.length > 2 ? ' of three' : ''}`, `${cache}/bin/caddy-v2.11.9`, ['run', '--config', file, '--adapter', 'caddyfile'], {
    env: { E2E_ADDRESS: address, E2E_CADDY: `caddy-${kind}${upstreams.length > 2 ? '-three' : ''}`, CODA_GATEWAY_UPSTREAM: '127.0.0.1:8090', CODA_GATEWAY_UPSTREAMS: upstreams.join(' ') },
    // At the own host it would wait for the gateway, which is not there yet.
    ready: () => (kind === 'single' ? fetch('https://client.example.com/').then((r) => r.status === 502) : speaks(address)),
  });
}

// The Caddy of deploy/container.
export function startContainersCaddy(address, env) {
  const options = readFileSync(`${here}/Caddyfile.options`, 'utf8');
  const file = `${state}/Caddyfile.compose`;
  const text = shipped('container/Caddyfile').replace('\n{\n', `\n{\n${options}`);
  check(text.includes(options), 'the place for options in the Caddyfile');
  writeFileSync(file, text);
  return start('caddy compose', `${cache}/bin/caddy-v2.11.9`, ['run', '--config', file, '--adapter', 'caddyfile'], {
    env: { ...env, E2E_ADDRESS: address, E2E_CADDY: 'caddy-compose' },
    ready: () => fetch(`https://${env.MCP_HOST}/healthz`).then((r) => r.status === 502),
  });
}

// What containers find outside.
export function startOutside(address) {
  const file = `${state}/Caddyfile.outside`;
  writeFileSync(file, `{\n${readFileSync(`${here}/Caddyfile.options`, 'utf8')}}\n${readFileSync(`${here}/Caddyfile.outside`, 'utf8')}`);
  return start('caddy outside', `${cache}/bin/caddy-v2.11.9`, ['run', '--config', file, '--adapter', 'caddyfile'], {
    env: { E2E_ADDRESS: address, E2E_CADDY: 'caddy-outside' },
    ready: () => run('curl', ['--silent', '--output', '/dev/null', '--resolve', `coda.example.com:443:${address}`, 'https://coda.example.com/']).then((r) => r.code === 0),
  });
}

async function traefik(kind, address) {
  const certificate = mint();
  const dynamic = `${state}/traefik-${kind}-dynamic.yaml`;
  const certificates = `tls: {certificates: [{certFile: ${certificate}.pem, keyFile: ${certificate}-key.pem}]}\n`;
  let fixed = shipped('traefik/traefik.yaml');
  let engine;
  if (kind === 'labels') {
    engine = await containerEngine(`${state}/engine.sock`, 'coda-gateway', ['127.0.0.1', '127.0.0.2'], labels(shipped('traefik/labels.compose.yaml')));
    fixed = shipped('traefik/labels.traefik.yaml').replace('/var/run/docker.sock', `${state}/engine.sock`).replace('providers:\n', `providers:\n  file: {filename: ${dynamic}}\n`);
    writeFileSync(dynamic, certificates);
  } else {
    fixed = fixed.replace('dynamic.yaml}', `${dynamic}}`);
    const text = shipped(`traefik/${kind === 'single' ? 'dynamic' : 'replicas'}.yaml`).replace('{certResolver: acme}', '{}').replaceAll(':8080', ':8090');
    check(!text.includes('acme'), 'the certificate of ACME is still asked for');
    writeFileSync(dynamic, text + certificates);
  }
  fixed = fixed.replace('":80"', `"${address}:80"`).replace('":443"', `"${address}:443"`).replace(/certificatesResolvers:\n.*\n.*\n/, '');
  check(!fixed.includes('acme'), 'the certificate of ACME is still asked for');
  writeFileSync(`${state}/traefik-${kind}.yaml`, fixed);
  const p = await start(`traefik ${kind}`, `${cache}/bin/traefik`, [`--configFile=${state}/traefik-${kind}.yaml`], { ready: () => speaks(address) });
  if (!engine) return p;
  return { ...p, stop: async () => (await p.stop(), engine.close()) };
}

// The labels of a compose file, without ACME.
function labels(compose) {
  const all = Object.fromEntries([...compose.matchAll(/^ {6}(traefik\.[\w.-]+): (.*)$/gm)].map(([, name, value]) => [name, value.replace(/^"(.*)"$/, '$1')]));
  const acme = 'traefik.http.routers.coda-gateway.tls.certresolver';
  const port = 'traefik.http.services.coda-gateway.loadbalancer.server.port';
  equal([all[acme], all[port]], ['acme', '8080'], 'the labels of ACME and the port');
  delete all[acme];
  return { ...all, [port]: '8090', 'traefik.http.routers.coda-gateway.tls': 'true' };
}

function nginx(kind, address) {
  const certificate = mint();
  const folder = `${state}/nginx-${kind}`;
  mkdirSync(`${folder}/conf.d`, { recursive: true });
  writeFileSync(`${folder}/conf.d/upstream.conf`, shipped(kind === 'single' ? 'nginx/upstream.conf' : 'nginx/upstream.replicas.conf').replaceAll(':8080', ':8090'));
  const site = shipped('nginx/coda-gateway.conf')
    .replace('listen 80;', `listen ${address}:80;`)
    .replace('listen 443 ssl', `listen ${address}:443 ssl`)
    .replace('/etc/letsencrypt/live/mcp.example.com/fullchain.pem', `${certificate}.pem`)
    .replace('/etc/letsencrypt/live/mcp.example.com/privkey.pem', `${certificate}-key.pem`);
  check(!site.includes('letsencrypt'), 'the certificate of ACME is still asked for');
  writeFileSync(`${folder}/conf.d/coda-gateway.conf`, site);
  // What Debian's nginx.conf has around it, but for its own folders.
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  writeFileSync(`${folder}/nginx.conf`, `user root;\ndaemon off;\npid ${folder}/nginx.pid;\nerror_log stderr;\nevents {}\nhttp { access_log ${process.env.E2E_LOGS}/nginx-${kind}-access.log; ${temporary} include ${folder}/conf.d/*.conf; }\n`);
  return start(`nginx ${kind}`, `${cache}/bin/nginx`, ['-c', `${folder}/nginx.conf`, '-p', folder], { ready: () => speaks(address) });
}

// Traefik cuts one long answer in some thousands off, whatever is behind it (deploy/traefik/README.md): a client to whom that
// happens tries again.
export async function unlessCutOff(proxy, f) {
  try {
    return await f();
  } catch (e) {
    const words = `${e.message} ${e.cause?.message ?? ''}`;
    if (proxy !== 'Traefik' || !/terminated|peer closed connection|unexpected EOF|other side closed/.test(words)) throw e;
    console.log('     Traefik has cut an answer off; once more');
    return f();
  }
}
