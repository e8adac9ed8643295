// A person at a browser, as far as signing in needs one: keeps cookies, follows redirects, fills in whatever HTML form
// an identity provider shows (sign-in, then consent) and stops at the client's redirect URI.
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'node-html-parser';
import { CookieJar } from 'tough-cookie';
import { until } from './processes.mjs';

const USER_FIELDS = ['username', 'login', 'user', 'email'];
const MAX_PAGES = 20;

export class Browser {
  constructor({ user, password }) {
    this.user = user;
    this.password = password;
    this.jar = new CookieJar(undefined, { looseMode: true, prefixSecurity: 'unsafe-disabled' });
    this.pages = []; // every URL visited, for messages and for the check that all of them are https
    this.forms = []; // what was asked: 'sign-in' or 'consent'
  }

  // Opens an authorization request and returns the URL of the redirect that carries the answer, without fetching it.
  async authorize(authorizationURL, redirectURI) {
    let request = { url: new URL(authorizationURL), method: 'GET' };
    for (let page = 0; page < MAX_PAGES; page++) {
      if (sameTarget(request.url, redirectURI)) return request.url;
      const response = await this.#send(request);
      const location = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && location) {
        await response.arrayBuffer();
        request = { url: new URL(location, request.url), method: 'GET' };
        continue;
      }
      request = this.#fillIn(await response.text(), response, request.url);
    }
    throw new Error(`no redirect to ${redirectURI} after ${MAX_PAGES} pages: ${this.pages.join(' -> ')}`);
  }

  // The same, and the redirect is followed: for clients that listen on a loopback port themselves.
  async authorizeAndReturn(authorizationURL, redirectURI) {
    const callback = await this.authorize(authorizationURL, redirectURI);
    // The client may print the address a moment before it listens; no person is that quick.
    const response = await until(`the client to listen at ${redirectURI}`, 10, () => fetch(callback, { redirect: 'manual' }));
    await response.arrayBuffer();
    if (response.status >= 400) throw new Error(`the client answered ${response.status} to its own redirect ${callback}`);
    return callback;
  }

  async #send({ url, method, body }) {
    this.pages.push(url.href);
    if (method === 'POST' && this.#signIns() > 1) await sleep(1000);
    const headers = { accept: 'text/html', cookie: await this.jar.getCookieString(url.href) };
    if (body) headers['content-type'] = 'application/x-www-form-urlencoded';
    const response = await fetch(url, { method, body, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) await this.jar.setCookie(cookie, url.href, { ignoreError: true });
    return response;
  }

  #fillIn(html, response, pageURL) {
    const root = parse(html);
    const forms = root.querySelectorAll('form').filter((f) => (f.getAttribute('method') ?? 'get').toLowerCase() === 'post');
    const form = forms.find((f) => this.#isSignIn(f)) ?? forms.find((f) => this.#acceptButton(f)) ?? forms[0];
    if (!form) throw new Error(`${response.status} without a form at ${pageURL}: ${text(root)}`);

    const fields = new URLSearchParams();
    for (const input of form.querySelectorAll('input')) {
      const type = (input.getAttribute('type') ?? 'text').toLowerCase();
      if (type === 'submit' || type === 'button' || type === 'image') continue;
      if ((type === 'checkbox' || type === 'radio') && input.getAttribute('checked') === undefined) continue;
      if (input.getAttribute('name')) fields.set(input.getAttribute('name'), input.getAttribute('value') ?? '');
    }
    if (this.#isSignIn(form)) {
      this.forms.push('sign-in');
      // Keycloak takes one sign-in of a person at a time, and says "invalid" to another that comes too soon.
      if (this.#signIns() > 4) throw new Error(`sign-in refused: ${text(root)}`);
      const name = USER_FIELDS.find((n) => form.querySelector(`[name="${n}"]`));
      if (name) fields.set(name, this.user);
      const password = form.querySelector('input[type=password]')?.getAttribute('name');
      if (password) fields.set(password, this.password);
    } else {
      this.forms.push('consent');
    }
    const button = this.#acceptButton(form);
    if (button?.getAttribute('name')) fields.set(button.getAttribute('name'), button.getAttribute('value') ?? '');
    return { url: new URL(decodeEntities(form.getAttribute('action') ?? '') || pageURL, pageURL), method: 'POST', body: fields };
  }

  #signIns() {
    return this.forms.filter((f) => f === 'sign-in').length;
  }

  #isSignIn(form) {
    return USER_FIELDS.some((n) => form.querySelector(`input[name="${n}"]:not([type=hidden])`) || form.querySelector(`button[name="${n}"][value="${this.user}"]`));
  }

  // The button that says yes: the person's own where people are buttons, else the one that neither cancels nor denies.
  #acceptButton(form) {
    const buttons = form.querySelectorAll('button, input[type=submit]').filter((b) => (b.getAttribute('type') ?? 'submit').toLowerCase() === 'submit');
    const words = (b) => [b.getAttribute('name'), b.getAttribute('value'), b.getAttribute('id'), b.text].join(' ').toLowerCase();
    return buttons.find((b) => b.getAttribute('value') === this.user) ?? buttons.find((b) => !/cancel|deny|reject|abort|decline|\bno\b/.test(words(b)));
  }
}

function sameTarget(url, redirectURI) {
  const target = new URL(redirectURI);
  return url.protocol === target.protocol && url.host === target.host && url.pathname === target.pathname;
}

function decodeEntities(s) {
  return s.replaceAll('&amp;', '&');
}

function text(root) {
  for (const e of root.querySelectorAll('head, style, script')) e.remove();
  return root.structuredText.replace(/\s+/g, ' ').trim().slice(0, 400);
}
