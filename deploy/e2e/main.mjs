// Runs the suites in an order that starts the slow things once, and prints the tables.
import { existsSync, readFileSync } from 'node:fs';
import { chromium, openChromium } from './lib/look.mjs';
import { Report } from './lib/report.mjs';
import { adminPageSuite, wanted as adminPageTables } from './suites/admin-page.mjs';
import { checkersSuite, leftOut as checkersLeftOut, wanted as checkerTables } from './suites/checkers.mjs';
import { composeSuite, leftOut as composeLeftOut, wanted as composeTables } from './suites/compose.mjs';
import { containersSuite, leftOut as containersLeftOut, wanted as containersTables } from './suites/containers.mjs';
import { connectSuite, cookiesSuite, wanted as connectTables } from './suites/connect.mjs';
import { conformance, wanted as conformanceTables } from './suites/conformance.mjs';
import { doctorSuite, wanted as doctorTables } from './suites/doctor.mjs';
import { documented, wanted as documentedTables } from './suites/documented.mjs';
import { glewlwydSuite, wanted as glewlwydTables } from './suites/glewlwyd.mjs';
import { enterprise, wanted as enterpriseTables } from './suites/enterprise.mjs';
import { fromNothing, wanted as fromNothingTables } from './suites/from-nothing.mjs';
import { keycloakSuite, wanted as keycloakTables } from './suites/keycloak.mjs';
import { matrix, toldSuite, toldTables, wanted as matrixTables } from './suites/matrix.mjs';
import { oidcProviderSuite, wanted as oidcProviderTables } from './suites/oidc-provider.mjs';
import { replicas, storeProgram, wanted as replicaTables } from './suites/replicas.mjs';
import { restarts, wanted as restartTables } from './suites/restarts.mjs';
import { tls, wanted as tlsTables } from './suites/tls.mjs';
import { caddy, sayWhatIsLeftOut } from './proxies.mjs';
import { configuration, demo, gateway, keycloak, simulatedCoda } from './world.mjs';

const every = 'matrix keycloak doctor checkers told from-nothing compose enterprise oidc-provider glewlwyd connect tls restarts replicas documented conformance'.split(' ');
const but = process.argv[2] === '--but';
const suites = process.argv.slice(but ? 3 : 2);
const unknown = suites.filter((name) => !every.includes(name));
if (unknown.length) {
  console.error(`There is no suite called ${unknown.join(' or ')}; there are: ${every.join(' ')}`);
  process.exit(2);
}
const asked = (name) => suites.length === 0 || suites.includes(name) !== but;
const report = new Report();
const wanted = {};
const suiteOf = {};
const expect = (suite, tables) => {
  Object.assign(wanted, tables);
  for (const table of Object.keys(tables)) suiteOf[table] = suite;
};
const have = (name) => existsSync(`${process.env.E2E_CACHE}/${name}`);
const timing = async (what, f) => {
  const began = performance.now();
  const value = await f();
  console.log(`-- ${what} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return value;
};

sayWhatIsLeftOut();
await timing('Caddy and a simulated Coda are up', () => Promise.all([caddy(), simulatedCoda()]));
const both = (asked('matrix') && !process.env.E2E_ONLY?.match(/demo|oidc|governed/)) || asked('keycloak');
const plain = both || asked('from-nothing') || asked('told') ? await timing('Keycloak is up', () => keycloak('plain', both ? undefined : ['company'])) : undefined;
if (asked('matrix')) {
  expect('matrix', matrixTables);
  await matrix(report, process.env.E2E_ONLY);
}
if (asked('keycloak')) {
  expect('keycloak', keycloakTables);
  await keycloakSuite(report, plain, 'plain');
}
if (asked('doctor')) {
  expect('doctor', doctorTables);
  await doctorSuite(report);
}
if (asked('checkers')) {
  expect('checkers', checkerTables);
  if (checkersLeftOut) console.log(`checkers in Python are left out: ${checkersLeftOut}`);
  await checkersSuite(report);
}
if (asked('told')) {
  expect('told', toldTables);
  await toldSuite(report, () => gateway(configuration('TLS', { url: 'https://id.example.com/realms/company', provider: 'keycloak' })));
}
if (asked('from-nothing')) {
  expect('from-nothing', fromNothingTables);
  await fromNothing(report, plain);
}
await plain?.stop();
if (asked('compose') && composeLeftOut) console.log(`compose is left out: ${composeLeftOut}`);
else if (asked('compose')) {
  expect('compose', composeTables);
  await composeSuite(report);
}
if (asked('compose') && containersLeftOut) console.log(`compose.traefik.yaml is left out: ${containersLeftOut}`);
else if (asked('compose')) {
  expect('compose', containersTables);
  await containersSuite(report);
}
if (asked('keycloak') || asked('enterprise')) {
  const featured = await timing('Keycloak with the features that MCP can use is up', () => keycloak('featured', asked('keycloak') ? undefined : ['company']));
  if (asked('keycloak')) await keycloakSuite(report, featured, 'featured');
  if (asked('enterprise')) {
    expect('enterprise', enterpriseTables);
    await enterprise(report, featured);
  }
  await featured.stop();
}
if (asked('oidc-provider')) {
  expect('oidc-provider', oidcProviderTables);
  await oidcProviderSuite(report);
}
if (asked('glewlwyd') && !have('glewlwyd')) console.log(`Glewlwyd is left out: ${readFileSync(`${process.env.E2E_CACHE}/bin/glewlwyd.reason`, 'utf8').trim()}`);
else if (asked('glewlwyd')) {
  expect('glewlwyd', glewlwydTables);
  await glewlwydSuite(report);
}
if (asked('connect') && !chromium) console.log(`connect is left out: ${have('bin/chromium.reason') ? readFileSync(`${process.env.E2E_CACHE}/bin/chromium.reason`, 'utf8').trim() : 'there is no Chromium'}`);
else if (asked('connect')) {
  expect('connect', { ...connectTables, ...adminPageTables });
  const chrome = await openChromium();
  const running = await demo();
  await connectSuite(report, chrome, 'http://127.0.0.1:8080/mcp');
  await running.stop();
  await cookiesSuite(report, chrome);
  await adminPageSuite(report, chrome);
  await chrome.close();
}
if (asked('tls')) {
  expect('tls', tlsTables);
  await tls(report);
}
if (asked('restarts')) {
  expect('restarts', restartTables);
  await restarts(report);
}
if (asked('replicas') && !storeProgram) console.log('replicas is left out: there is neither valkey-server nor redis-server; Debian has them in packages of these names');
else if (asked('replicas')) {
  expect('replicas', replicaTables);
  await replicas(report);
}
if (asked('documented')) {
  expect('documented', documentedTables);
  await documented(report);
}
if (asked('conformance')) {
  expect('conformance', conformanceTables);
  await conformance(report);
}
process.exitCode = report.finish(wanted) ? 0 : 1;
const failed = new Set(report.failed().map((table) => suiteOf[table] ?? table));
if (failed.size) console.log(`failed suites: ${[...failed].join(' ')}`);
process.exit();
