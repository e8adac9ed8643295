// People bring their own Coda token at /connect, in a real browser: light, dark and on a phone, without scripts, and
// with what axe-core has to say about every page; and which cookies a browser keeps of it.
import { looking, looks, openWindow } from '../lib/look.mjs';
import { check, equal } from '../lib/report.mjs';
import { configuration, demoProvider, enrolling, gateway, GRACE } from '../world.mjs';

const rows = ['sign in, paste, save, replace, remove', 'axe-core finds nothing', 'nothing is wider than the screen', 'reached with the keyboard alone', 'no token is shown or kept', 'the documentation shows the pages as they are'];
// The pages that the documentation shows.
const pictured = { welcome: { title: 'The page at /connect before the sign-in' }, saved: { title: 'The page at /connect with a token that is saved' } };
const places = {
  'an origin of its own: __Host-': { resource: 'https://mcp.example.com/mcp', prefix: '__Host-', path: '/' },
  'a path beside others: __Secure-': { resource: 'https://mcp.example.com/coda/mcp', prefix: '__Secure-', path: '/coda/connect' },
};
export const wanted = { connect: { rows, columns: Object.keys(looks) }, cookies: { rows: Object.keys(places), columns: ['Chromium'] } };

export const homeOf = (resource) => resource.replace(/\/mcp$/, '/connect');

// url is the gateway's MCP URL, whose person signs in by pressing buttons.
export async function connectSuite(report, chrome, url, user = 'ada') {
  for (const look of Object.keys(looks)) {
    const window = await looking(chrome, look);
    const { seen } = window;
    await report.cell('connect', rows[0], look, () => walk(window, homeOf(url), user));
    await window.close();
    await report.cell('connect', rows[1], look, () => equal(seen.violations, [], 'findings of axe-core'));
    await report.cell('connect', rows[2], look, () => equal(seen.wide, [], 'pages wider than the screen'));
    await report.cell('connect', rows[3], look, () => equal(seen.unreached, [], 'what the Tab key does not reach'));
    await report.cell('connect', rows[4], look, () => equal(seen.html.filter((html) => html.includes(GRACE)), [], 'where the token was seen'));
    await report.cell('connect', rows[5], look, () => equal(seen.differ, [], 'pictures'));
  }
}

// Walks through everything that a person does, and looks at each page on the way.
async function walk({ page, at: looked }, home, user) {
  const at = (name) => looked(`connect ${name}`, pictured[name]);
  const { press, says } = doing(page);
  await page.goto(home);
  await at('welcome');
  await signIn(page, home, user);
  await at('none');
  await page.getByLabel('Coda API token').fill('not-a-token');
  await press('Check this token');
  await says('Coda does not accept this token');
  await at('refused');
  await bring(page, GRACE, () => at('tried'));
  await at('saved');
  await page.locator('summary').click();
  await page.getByLabel('Coda API token').fill(GRACE);
  await press('Check this token');
  await says('It will replace the token of');
  await at('replacing');
  await press('Do not save it');
  await press('Remove this token');
  await says('Your token is removed');
  await at('removed');
  await press('Sign out');
  await page.waitForURL(home);
  await page.goto(`${home}/callback?code=x&state=y`);
  await says('did not begin in this browser');
  await at('failed');
}

function doing(page) {
  return {
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
    says: async (text) => {
      const there = await page.locator('main', { hasText: text }).waitFor().then(() => true, () => false);
      check(there, `the page does not say "${text}":\n${await page.textContent('body')}`);
    },
  };
}

// Signs in at the demo's provider, or at one that asks in its own way.
export async function signIn(page, home, user, atProvider = pressing) {
  await page.getByRole('link', { name: 'Sign in' }).click();
  await atProvider(page, user);
  await page.waitForURL(home);
  await doing(page).says('You are signed in as');
}

async function pressing(page, user) {
  await page.locator(`button[value="${user}"]`).click();
  await page.locator('button[value="allow"]').click();
}

export async function bring(page, token, tried = () => {}) {
  const { press, says } = doing(page);
  await page.getByLabel('Coda API token').fill(token);
  await press('Check this token');
  await says('not saved yet');
  await tried();
  await press('Save this token');
  await says('Your token is saved');
}

// Behind TLS: what Set-Cookie says, and what the browser makes of it.
export async function cookiesSuite(report, chrome) {
  for (const [row, place] of Object.entries(places)) {
    await report.cell('cookies', row, 'Chromium', async () => {
      const home = homeOf(place.resource);
      const provider = await demoProvider({ resource: place.resource, connect: home });
      const gate = await gateway(configuration('TLS', { url: 'https://demo.example.com', token_type: 'at+jwt' }, { public_url: place.resource, ...enrolling({ client_id: 'coda-gateway' }) }));
      try {
        await keeps(chrome, home, place);
      } finally {
        await gate.stop();
        await provider.stop();
      }
    });
  }
}

async function keeps(chrome, home, { prefix, path }) {
  const context = await openWindow(chrome);
  try {
    const page = await context.newPage();
    const set = [];
    const reading = [];
    page.on('response', (response) => {
      if (response.url().startsWith(home)) reading.push(response.headersArray().then((all) => set.push(...all.filter((h) => h.name.toLowerCase() === 'set-cookie').map((h) => h.value))));
    });
    await page.goto(home);
    await signIn(page, home, 'ada');
    await Promise.all(reading);
    const names = ['coda-sign-in', 'coda-connect'].map((name) => prefix + name);
    equal([...new Set(set.map((line) => line.split('=')[0]))].sort(), [...names].sort(), 'cookies that were set');
    for (const line of set) {
      const attributes = line.split('; ').slice(1).filter((a) => !a.startsWith('Max-Age')).sort();
      equal(attributes, ['HttpOnly', `Path=${path}`, 'SameSite=Lax', 'Secure'], `attributes of ${line.split('=')[0]}`);
    }
    const kept = async () => (await context.cookies(home)).filter((c) => c.name.includes('coda-')).map(({ name, path, secure, httpOnly, sameSite }) => ({ name, path, secure, httpOnly, sameSite }));
    // The sign-in's own has done its duty.
    equal(await kept(), [{ name: names[1], path, secure: true, httpOnly: true, sameSite: 'Lax' }], 'cookies that the browser keeps');
    await doing(page).press('Sign out');
    await page.waitForURL(home);
    equal(await kept(), [], 'cookies after the sign-out');
  } finally {
    await context.close();
  }
}
