// People bring their own Coda token at /connect, in a real browser: light, dark and on a phone, without scripts, and
// with what axe-core has to say about every page.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { picture } from '../lib/picture.mjs';
import { check, equal } from '../lib/report.mjs';

const GRACE = 'demo-grace-00000000-0000-4000-8000-000000000002';
const looks = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: 'light', deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};
const rows = ['sign in, paste, save, replace, remove', 'axe-core finds nothing', 'nothing is wider than the screen', 'reached with the keyboard alone', 'no token is shown or kept', 'the documentation shows the pages as they are'];
// The pages that the documentation shows.
const pictured = { welcome: 'The page at /connect before the sign-in', saved: 'The page at /connect with a token that is saved' };
export const wanted = { connect: { rows, columns: Object.keys(looks) } };

// browser is the path of a Chromium; url the gateway's MCP URL, whose person signs in by pressing buttons.
export async function connectSuite(report, { browser: executablePath, url, user = 'ada', shots = process.env.E2E_LOGS }) {
  const { chromium } = await import('playwright-core');
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  const chrome = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  mkdirSync(shots, { recursive: true });
  try {
    for (const [look, options] of Object.entries(looks)) {
      const seen = await walk(chrome, { ...options, ignoreHTTPSErrors: true }, url.replace(/\/mcp$/, '/connect'), { user, look, shots, axe });
      await report.cell('connect', rows[0], look, () => seen.finish());
      await report.cell('connect', rows[1], look, () => equal(seen.violations, [], 'findings of axe-core'));
      await report.cell('connect', rows[2], look, () => equal(seen.wide, [], 'pages wider than the screen'));
      await report.cell('connect', rows[3], look, () => equal(seen.unreached, [], 'what the Tab key does not reach'));
      await report.cell('connect', rows[4], look, () => equal(seen.leaks, [], 'where the token was seen'));
      await report.cell('connect', rows[5], look, () => equal(seen.differ, [], 'pictures'));
    }
  } finally {
    await chrome.close();
  }
}

// Walks through everything that a person does, and looks at each page on the way.
async function walk(chrome, options, home, { user, look, shots, axe }) {
  const seen = { violations: [], wide: [], unreached: [], leaks: [], differ: [], pages: 0, finish: () => {} };
  // The page has no scripts, and would not be allowed any; axe is put in by the browser itself, in a second context.
  const plain = await chrome.newContext({ ...options, javaScriptEnabled: false });
  const looking = await chrome.newContext({ ...options, bypassCSP: true });
  const page = await plain.newPage();
  const at = async (name) => {
    seen.pages++;
    const html = await page.content();
    if (html.includes(GRACE)) seen.leaks.push(name);
    await page.screenshot({ path: `${shots}/connect-${look}-${name}.png`, fullPage: true });
    const copy = await looking.newPage();
    await copy.setContent(html, { waitUntil: 'load' });
    if (look === 'light' && pictured[name]) await picture(copy, `connect-${name}`, pictured[name]).catch((e) => seen.differ.push(e.message));
    await copy.addScriptTag({ path: axe });
    const found = await copy.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`));
    seen.violations.push(...found.map((f) => `${name}: ${f}`));
    if (await copy.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) seen.wide.push(name);
    seen.unreached.push(...(await unreached(copy)).map((e) => `${name}: ${e}`));
    await copy.close();
  };
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  const says = async (text) => check((await page.textContent('main')).includes(text), `the page does not say "${text}":\n${await page.textContent('main')}`);
  try {
    await page.goto(home);
    await at('welcome');
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.locator(`button[value="${user}"]`).click();
    await page.locator('button[value="allow"]').click();
    await page.waitForURL(home);
    await says('You are signed in as');
    await at('none');
    await page.getByLabel('Coda API token').fill('not-a-token');
    await press('Check this token');
    await says('Coda does not accept this token');
    await at('refused');
    await page.getByLabel('Coda API token').fill(GRACE);
    await press('Check this token');
    await says('not saved yet');
    await at('tried');
    await press('Save this token');
    await says('Your token is saved');
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
    const cookies = await plain.cookies();
    check(cookies.every((c) => c.httpOnly && c.sameSite === 'Lax'), `cookies: ${JSON.stringify(cookies.map(({ value, ...c }) => c))}`);
    if (home.startsWith('https:')) check(cookies.filter((c) => c.name.includes('coda-')).every((c) => c.name.startsWith('__Host-') && c.secure), 'cookies without the __Host- prefix');
  } catch (e) {
    seen.finish = () => {
      throw e;
    };
  } finally {
    await plain.close();
    await looking.close();
  }
  return seen;
}

// What can be pressed or filled in, and the Tab key does not come to.
async function unreached(page) {
  const all = await page.evaluate(() => {
    const visible = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')].filter((e) => e.checkVisibility());
    visible.forEach((e, i) => (e.dataset.reach = i));
    return visible.map((e) => e.outerHTML.slice(0, 80));
  });
  const reached = new Set();
  for (let i = 0; i < all.length + 2; i++) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement?.dataset?.reach));
  }
  return all.filter((_, i) => !reached.has(String(i)));
}
