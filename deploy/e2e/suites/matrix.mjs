// Each client with each provider, direct and through each proxy; with a Coda token of the person's own, and with one document.
import * as curl from '../clients/curl.mjs';
import * as doctor from '../clients/doctor.mjs';
import * as go from '../clients/go.mjs';
import { inspector } from '../clients/inspector.mjs';
import * as mcpRemote from '../clients/mcp-remote.mjs';
import * as python from '../clients/python.mjs';
import { sdks, stepUp, told, whole } from '../clients/typescript.mjs';
import { until } from '../lib/processes.mjs';
import { equal } from '../lib/report.mjs';
import { addresses, available, requestsSeen, standAt, startProxy, unlessCutOff } from '../proxies.mjs';
import { browser, governedSettings, PUBLIC_URL, settings as providers, tokens } from '../world.mjs';

const v1 = sdks['TypeScript SDK 1.32.2'];
const v2 = sdks['TypeScript client 2.4.0, modern'];

const DOCTOR = 'coda-gateway doctor, as every client'; // which changes nothing

// Clients that sign in with what the first challenge asks for: all scopes.
const ordinary = {
  curl: async (setting) => curl.whole({ ...setting, token: setting.token ? await setting.token() : (await tokens(setting.url)).access_token }),
  'Inspector CLI 2.12.0, legacy': inspector('legacy').whole,
  'Inspector CLI 2.12.0, modern': inspector('modern').whole,
  ...Object.fromEntries(Object.entries(sdks).map(([name, sdk]) => [name, (setting) => whole(sdk, setting)])),
  'mcp-remote 0.15.1': mcpRemote.whole,
  'Go SDK 1.8.0': go.whole,
  ...(python.leftOut ? {} : { 'Python SDK 2.3.0': python.whole }),
  [DOCTOR]: doctor.whole,
};

// Clients that are first asked for coda:read alone and step up to write.
const steppingUp = {
  'TypeScript SDK 1.32.2, step-up': (setting) => stepUp(v1, setting),
  'TypeScript client 2.4.0, step-up': (setting) => stepUp(v2, setting),
  'Inspector CLI 2.12.0, step-up': inspector('modern').stepUp,
  'mcp-remote 0.15.1, step-up': mcpRemote.stepUp,
  'Go SDK 1.8.0, step-up': go.stepUp,
  ...(python.leftOut ? {} : { 'Python SDK 2.3.0, step-up': python.stepUp }),
};

// Each client in the hands of somebody who never gets coda:write, with the README's smallest file and the shipped realm.
const readers = {
  ...Object.fromEntries(Object.entries(sdks).map(([name, sdk]) => [name, (setting) => told(sdk, setting)])),
  'Inspector CLI 2.12.0, legacy': inspector('legacy').told,
  'Inspector CLI 2.12.0, modern': inspector('modern').told,
  'mcp-remote 0.15.1': mcpRemote.told,
  'Go SDK 1.8.0': go.told,
};
const READERS = 'bob is told in words';

export const toldTables = { [READERS]: { rows: Object.keys(readers), columns: ['Keycloak, smallest file'] } };

export async function toldSuite(report, startGateway) {
  const gateway = await startGateway();
  for (const [row, client] of Object.entries(readers)) {
    await report.cell(READERS, row, 'Keycloak, smallest file', () => client({ url: PUBLIC_URL, browser: slowly(browser('bob')) }));
  }
  await gateway.stop();
}

// People take longer to sign in than programs do: a token's times count in seconds, and the gateway goes by them.
function slowly(person) {
  for (const how of ['authorize', 'authorizeAndReturn']) {
    const quick = person[how].bind(person);
    person[how] = async (...args) => {
      if (person.pages.length) await new Promise((resolve) => setTimeout(resolve, 2100));
      return quick(...args);
    };
  }
  return person;
}

const proxies = available.filter((name) => addresses[name].single);
const WAY = 'all requests went this way';
const settings = { ...providers, ...governedSettings };
// Providers and ways in the order of the table.
const columns = Object.keys(settings).flatMap((name) => waysOf(name).map((way) => `${name.split(', ')[0]}, ${way}`));
const rows = [...Object.keys(ordinary), ...Object.keys(steppingUp), WAY];
const isGoverned = (column) => column.startsWith('governed, ');
export const wanted = { clients: { rows, columns, without: (row, column) => (row === DOCTOR && isGoverned(column)) || (row === WAY && !proxies.some((p) => column.endsWith(`, ${p}`))), last: true } };

function waysOf(name) {
  return name.endsWith(', TLS') ? proxies : [name.split(', ')[1]];
}

export async function matrix(report, only) {
  if (python.leftOut) console.log(`The Python client is left out: ${python.leftOut}`);
  const running = [];
  for (const name of proxies) running.push(await startProxy(name, 'single'));
  for (const [name, setting] of Object.entries(settings)) {
    if (only && !name.includes(only)) continue;
    const provider = await setting.provider?.();
    for (const way of waysOf(name)) {
      const column = `${name.split(', ')[0]}, ${way}`;
      if (!proxies.includes(way)) {
        await clients(report, column, setting);
        continue;
      }
      await standAt(addresses[way].single);
      const before = Object.fromEntries(proxies.map((p) => [p, requestsSeen(p)]));
      await clients(report, column, setting);
      await report.cell('clients', WAY, column, async () => {
        await until(`requests in the log of ${way}`, 60, () => requestsSeen(way) > before[way] + rows.length);
        const others = proxies.filter((p) => p !== way);
        equal(others.map((p) => requestsSeen(p) - before[p]), others.map(() => 0), `requests through ${others.join(' and ')}`);
      });
    }
    await provider?.stop();
  }
  await standAt(addresses.Caddy.single);
  for (const p of running) await p.stop();
}

async function clients(report, column, setting) {
  const phases = [
    [ordinary, undefined],
    [steppingUp, ['coda:read']],
  ];
  for (const [clients, initial] of phases) {
    const gateway = await setting.gateway({ initial });
    const { clientInformation, ...common } = { ...setting, session: await setting.session?.() };
    for (const [row, client] of Object.entries(clients)) {
      if (row === DOCTOR && isGoverned(column)) continue;
      await report.cell('clients', row, column, async () => {
        const seen = await setting.watch?.();
        await unlessCutOff(column.split(', ')[1], () => client({ ...common, browser: browser('ada'), ...(initial && clientInformation ? { clientInformation: { ...clientInformation } } : {}) }));
        await seen?.();
      });
    }
    await gateway.stop();
  }
}
