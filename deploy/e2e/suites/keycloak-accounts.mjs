// Whose Coda, with a real Keycloak: a service account that is limited to a folder, and a person who brings a token of their own.
import { readFileSync } from 'node:fs';
import { chromium, openChromium, openWindow } from '../lib/look.mjs';
import { call, mcp, words } from '../lib/mcp.mjs';
import * as oauth from '../lib/oauth.mjs';
import { check, equal } from '../lib/report.mjs';
import { GRACE, keycloakFile, PASSWORD, PUBLIC_URL, secretFile, simulated, tokens } from '../world.mjs';
import { bring, homeOf, signIn } from './connect.mjs';

const page = readFileSync(`${process.env.E2E_REPOSITORY}/deploy/accounts/README.md`, 'utf8');
const shown = (mark) => [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((m) => m[1]).find((text) => text.includes(mark));
const secret = 'the-secret-of-a-confidential-client';

export const rows = { service: 'a service account sees one folder', ...(chromium ? { connect: 'a person brings a token at /connect' } : {}) };

// The recipe of deploy/accounts as it stands, but for the simulated Coda.
export async function serviceAccount(server, metadata, restart) {
  const mapper = { name: 'audience', protocol: 'openid-connect', protocolMapper: 'oidc-audience-mapper', config: { 'included.client.audience': PUBLIC_URL, 'access.token.claim': 'true' } };
  await server.admin.send('POST', '/company/clients', { clientId: 'reporting', secret, publicClient: false, serviceAccountsEnabled: true, standardFlowEnabled: false, protocolMappers: [mapper] });
  const basic = Buffer.from(`reporting:${secret}`).toString('base64');
  const { access_token } = await oauth.json(metadata.token_endpoint, { method: 'POST', headers: { authorization: `Basic ${basic}` }, body: new URLSearchParams({ grant_type: 'client_credentials' }) });
  equal([oauth.claims(access_token).aud].flat().includes(PUBLIC_URL), true, 'aud');
  await restart(simulated(shown('client_ids: [reporting]')));
  const ask = (name, args) => call(PUBLIC_URL, access_token, name, args);
  const listed = (await mcp(PUBLIC_URL, access_token, 'tools/list')).result.tools.map((t) => t.name);
  equal(['coda_query_rows', 'coda_upsert_rows', 'coda_update_rows', 'coda_delete_rows'].filter((name) => listed.includes(name)), ['coda_query_rows', 'coda_upsert_rows'], 'tools');
  const found = words((await ask('coda_find_docs')).result);
  check(found.includes('Product roadmap') && !/Hiring|wiki/i.test(found), `its documents: ${found}`);
  const written = await ask('coda_upsert_rows', { doc: 'dRoadmap01', table: 'Releases', rows: [{ Name: `Reported ${Date.now()}` }] });
  check(written.result && !written.result.isError, `a row in its folder: ${written.text.slice(0, 300)}`);
  for (const [tool, args] of [['coda_get_doc', {}], ['coda_query_rows', { table: 'Candidates' }], ['coda_upsert_rows', { table: 'Candidates', rows: [{ Name: 'No' }] }]]) {
    const [refused, missing] = [await ask(tool, { doc: 'dHiring001', ...args }), await ask(tool, { doc: 'dNothing01', ...args })];
    equal([refused.status, refused.result?.isError, words(refused.result)], [200, true, words(missing.result).replaceAll('dNothing01', 'dHiring001')], `${tool} with another document`);
  }
}

// What deploy/accounts shows, in the file of deploy/keycloak.
export async function ownToken(server, restart) {
  const home = homeOf(PUBLIC_URL);
  await server.admin.send('POST', '/company/clients', { clientId: 'coda-gateway-connect', secret, publicClient: false, standardFlowEnabled: true, redirectUris: [`${home}/callback`], attributes: { 'pkce.code.challenge.method': 'S256' } });
  const [enrollment] = shown('enrollment:').match(/^ {2}enrollment:.*\n/m);
  const [state] = shown('enrollment:').match(/^state:.*\n/m);
  secretFile('connect-client', secret);
  secretFile('state-key', Buffer.alloc(32, 'k').toString('base64'));
  await restart(keycloakFile(state.replace('/var/lib/coda-gateway', '/run'), enrollment));
  const chrome = await openChromium();
  try {
    const session = await tokens(PUBLIC_URL);
    const who = async () => words((await call(PUBLIC_URL, session.access_token, 'coda_whoami')).result);
    const before = await who();
    check(before.includes('Ada Lovelace'), `before: ${before}`);
    const context = await openWindow(chrome);
    const tab = await context.newPage();
    await tab.goto(home);
    await signIn(tab, home, 'ada', async (at, user) => {
      await at.locator('#username').fill(user);
      await at.locator('#password').fill(PASSWORD);
      await at.locator('#kc-login').click();
    });
    await bring(tab, GRACE);
    check((await context.cookies(home)).some((c) => c.name === '__Host-coda-connect' && c.path === '/' && c.secure && c.httpOnly), 'the browser keeps no __Host- cookie');
    const after = await who();
    check(after.includes('Grace Hopper'), `after: ${after}`);
  } finally {
    await chrome.close();
  }
}
