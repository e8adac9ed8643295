// The browser that a program opens: node visit.mjs URL, with the person's name in $E2E_USER and the password in
// $E2E_PASSWORD. It signs in, allows, and goes back to the client.
import { Browser } from './browser.mjs';

const url = new URL(process.argv.at(-1));
const person = new Browser({ user: process.env.E2E_USER, password: process.env.E2E_PASSWORD });
await person.authorizeAndReturn(url, url.searchParams.get('redirect_uri'));
