// Pictures of our own pages for the documentation, as text: an SVG that holds a page as the browser had it. What a run
// draws is compared with deploy/pictures; E2E_PICTURES=write puts it there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { check } from './report.mjs';

const directory = new URL('../../pictures/', import.meta.url);

// Draws the page and tells whether the documentation shows it so; dates, ports and ids may differ.
export async function picture(page, name, what) {
  const { html, width, height } = await page.evaluate(() => ({
    html: new XMLSerializer().serializeToString(document.documentElement),
    width: document.documentElement.clientWidth,
    height: document.documentElement.scrollHeight,
  }));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${what}</title>
<rect width="100%" height="100%" fill="Canvas"/>
<foreignObject width="100%" height="100%">${html.replace(/ value="[^"]*"/g, '')}</foreignObject>
</svg>
`;
  const file = new URL(`${name}.svg`, directory);
  if (process.env.E2E_PICTURES === 'write') {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, svg);
  }
  const steady = (text) => text.replace(/<rect[\s\S]*?>|height="\d+"|viewBox="[^"]*"/g, '').replace(/\d+/g, '');
  check(existsSync(file) && steady(readFileSync(file, 'utf8')) === steady(svg), `deploy/pictures/${name}.svg does not show the page as it is: run the suite with E2E_PICTURES=write`);
}
