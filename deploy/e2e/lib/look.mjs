// How pages of ours are looked at: as a person sees them, and with what axe-core, a narrow screen and the Tab key have to say.
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { picture } from './picture.mjs';

export const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
export const looks = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: 'light', deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};
const shots = process.env.E2E_LOGS;
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export async function openChromium() {
  const { chromium: playwright } = await import('playwright-core');
  mkdirSync(shots, { recursive: true });
  return playwright.launch({ executablePath: chromium, args: ['--no-sandbox'], timeout: PATIENCE });
}

// A window of its own without scripts, which our pages are not allowed anyway. It is patient: a machine may have much to do.
const PATIENCE = 120_000;
export async function openWindow(chrome, options = {}) {
  const context = await chrome.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false, ...options });
  context.setDefaultTimeout(PATIENCE);
  return context;
}

// A window to look at pages in. Axe is put in by the browser itself, in a second one.
export async function looking(chrome, look) {
  const plain = await openWindow(chrome, looks[look]);
  const second = await openWindow(chrome, { ...looks[look], javaScriptEnabled: true, bypassCSP: true });
  const page = await plain.newPage();
  const seen = { html: [], violations: [], wide: [], unreached: [], differ: [] };
  return {
    page,
    plain,
    seen,
    // Looks at the page as it is now. What is drawn has a title, and says what html to draw.
    async at(name, drawn) {
      const html = await page.content();
      seen.html.push(html);
      await page.screenshot({ path: `${shots}/${name.split(' ')[0]}-${look}${name.includes(' ') ? `-${name.split(' ')[1]}` : ''}.png`, fullPage: true });
      const copy = await second.newPage();
      await copy.setContent(html, { waitUntil: 'load' });
      await copy.addScriptTag({ path: axe });
      const found = await copy.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`));
      seen.violations.push(...found.map((f) => `${name}: ${f}`));
      if (await copy.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) seen.wide.push(name);
      seen.unreached.push(...(await unreached(copy)).map((e) => `${name}: ${e}`));
      if (look === 'light' && drawn) {
        await copy.setContent(drawn.html?.(html) ?? html, { waitUntil: 'load' });
        await picture(copy, name.replace(' ', '-'), drawn.title).catch((e) => seen.differ.push(e.message));
      }
      await copy.close();
    },
    async close() {
      await plain.close();
      await second.close();
    },
  };
}

// What can be pressed, filled in or scrolled, and the Tab key does not come to.
async function unreached(page) {
  const all = await page.evaluate(() => {
    const visible = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary, [tabindex="0"]')].filter((e) => e.checkVisibility());
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
