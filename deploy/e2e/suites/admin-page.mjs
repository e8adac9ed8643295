// The operator's page, in a real browser: light, dark and on a phone, without scripts.
import { randomBytes } from 'node:crypto';
import { looking, looks } from '../lib/look.mjs';
import { call } from '../lib/mcp.mjs';
import { until } from '../lib/processes.mjs';
import { check, equal } from '../lib/report.mjs';
import { configuration, demoProvider, gateway, GRACE, PUBLIC_URL, tokens } from '../world.mjs';

const ADMIN = 'http://127.0.0.1:9090/';
const rows = ['shows who was here, and what was refused', 'axe-core finds nothing', 'nothing is wider than the screen', 'reached with the keyboard alone', 'no token is shown', 'the documentation shows the page as it is'];
export const wanted = { 'admin page': { rows, columns: Object.keys(looks) } };
const told = ['Ada', 'ada', 'coda_find_docs', 'Bob', 'coda_create_doc', 'role_missing', 'coda.token', 'Ada Lovelace', 'https://demo.example.com'];

export async function adminPageSuite(report, chrome) {
  const provider = await demoProvider();
  const access = [{ when: { roles: ['reader'] }, allow: ['read'] }, { when: { roles: ['editor'] }, allow: ['write'] }];
  const gate = await gateway(configuration('TLS', { url: 'https://demo.example.com', token_type: 'at+jwt' }, { access, state: { keys: [randomBytes(32).toString('base64')] } }));
  try {
    const [ada, bob] = [await tokens(PUBLIC_URL), await tokens(PUBLIC_URL, { user: 'bob' })];
    await call(PUBLIC_URL, ada.access_token, 'coda_find_docs');
    await call(PUBLIC_URL, bob.access_token, 'coda_create_doc', { title: 'No' });
    // The name of the account is asked for beside the call.
    await until('the calls and the account on the page', 60, async () => {
      const html = await (await fetch(ADMIN)).text();
      return told.every((text) => html.includes(text));
    });
    const drawn = { title: 'The page on the admin listener', html: (html) => steady(html, [ada.client.client_id, bob.client.client_id]) };
    for (const look of Object.keys(looks)) {
      const { page, seen, at, close } = await looking(chrome, look);
      await report.cell('admin page', rows[0], look, async () => {
        await page.goto(ADMIN);
        await at('admin-page', drawn);
        const text = await page.textContent('main');
        equal(told.filter((t) => !text.includes(t)), [], 'what the page does not tell');
        equal(await page.locator('form, button, input, script, iframe').count(), 0, 'things to press, and scripts');
      });
      await close();
      await report.cell('admin page', rows[1], look, () => equal(seen.violations, [], 'findings of axe-core'));
      await report.cell('admin page', rows[2], look, () => equal(seen.wide, [], 'pages wider than the screen'));
      await report.cell('admin page', rows[3], look, () => equal(seen.unreached, [], 'what the Tab key does not reach'));
      await report.cell('admin page', rows[4], look, () => check(!seen.html.some((html) => [GRACE, 'demo-ada', ada.access_token, bob.access_token].some((secret) => html.includes(secret))), 'a token is on the page'));
      await report.cell('admin page', rows[5], look, () => equal(seen.differ, [], 'pictures'));
    }
  } finally {
    await gate.stop();
    await provider.stop();
  }
}

// As it stands in the documentation: what differs from run to run, and in lengths, is the same each time.
function steady(html, clients) {
  return clients
    .reduce((text, id) => text.replaceAll(id, 'client-of-the-person'), html)
    .replace(/\/attempts\/\w+">\w+/g, '/attempts/K67A">K67A')
    .replace(/(<td>Bob<\/td>.*<td>tool call<\/td>).*<\/tr>/, '$1<td>waiting</td><td>–</td></tr>') // until it is settled
    .replace(/>[\dhms.]+ ago</g, '>5s ago<')
    .replace(/>now</g, '>5s ago<')
    .replace(/read ([\dhms.]+ ago|now)</, 'read 5s ago<')
    .replace(/coda-gateway [^<]*</g, 'coda-gateway v1.0<');
}
