// The TypeScript SDK's clients, v1 and v2, signed in through their own OAuth code.
import * as v2 from '@modelcontextprotocol/client';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { check, equal } from '../lib/report.mjs';
import { checkResult, checkTools, READ, SCOPES, TOLD_WITHIN, toldInWords, usual, write } from './session.mjs';

const REDIRECT = 'http://localhost:33212/callback';

// The application's half of the SDK's OAuth: remembers what it is given, and has the browser sign in at once.
class Application {
  constructor(browser, { clientInformation, keepRefreshToken = true } = {}) {
    this.browser = browser;
    this.information = clientInformation;
    this.keepRefreshToken = keepRefreshToken;
    this.asked = []; // the scope of each authorization request
  }
  get redirectUrl() {
    return REDIRECT;
  }
  get clientMetadata() {
    return { client_name: 'end-to-end suite', redirect_uris: [REDIRECT], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none' };
  }
  clientInformation() {
    return this.information;
  }
  saveClientInformation(information) {
    this.information = information;
  }
  tokens() {
    return this.saved;
  }
  saveTokens({ refresh_token, ...tokens }) {
    this.saved = this.keepRefreshToken ? { ...tokens, refresh_token } : tokens;
  }
  codeVerifier() {
    return this.verifier;
  }
  saveCodeVerifier(verifier) {
    this.verifier = verifier;
  }
  saveDiscoveryState(state) {
    this.discovery = state;
  }
  discoveryState() {
    return this.discovery;
  }
  async redirectToAuthorization(url) {
    // v2 adds offline_access of its own accord where the provider lists it.
    this.asked.push(url.searchParams.get('scope').split(' ').filter((s) => s !== 'offline_access').join(' '));
    check(url.searchParams.get('resource'), `no resource in ${url}`);
    this.callback = (await this.browser.authorize(url, REDIRECT)).searchParams;
    if (this.callback.get('error')) throw new Error(`authorization refused: ${this.callback}`);
  }
}

const v1 = {
  connect: async (url, application) => {
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: application });
    const client = new Client({ name: 'end-to-end suite', version: '1' });
    return { client, transport, connect: () => client.connect(transport), call: (request) => client.callTool(request), finish: () => transport.finishAuth(application.callback.get('code')) };
  },
  unauthorized: UnauthorizedError,
};

const modern = (mode) => ({
  connect: async (url, application) => {
    const transport = new v2.StreamableHTTPClientTransport(new URL(url), { authProvider: application });
    const client = new v2.Client({ name: 'end-to-end suite', version: '2' }, { versionNegotiation: { mode } });
    return { client, transport, connect: () => client.connect(transport), call: (request) => client.callTool(request), finish: () => transport.finishAuth(application.callback) };
  },
  unauthorized: v2.UnauthorizedError,
  revision: mode === 'auto' ? '2026-07-28' : '2025-11-25',
});

export const sdks = { 'TypeScript SDK 1.32.2': v1, 'TypeScript client 2.4.0, legacy': modern('legacy'), 'TypeScript client 2.4.0, modern': modern('auto') };

// connected signs in as the SDK wants it: the first attempt ends in UnauthorizedError once the person was sent away, the
// code is handed over, and the second attempt has a token.
async function connected(sdk, url, application) {
  const first = await sdk.connect(url, application);
  try {
    await first.connect();
  } catch (e) {
    if (!(e instanceof sdk.unauthorized)) throw e;
    await first.finish();
    await first.client.close().catch(() => {});
    const second = await sdk.connect(url, application);
    await second.connect();
    return second;
  }
  return first;
}

export async function whole(sdk, { url, browser, session: wanted = usual }) {
  const application = new Application(browser);
  const session = await connected(sdk, url, application);
  try {
    if (sdk.revision) equal(session.client.getNegotiatedProtocolVersion?.() ?? session.transport.protocolVersion, sdk.revision, 'negotiated revision');
    equal(application.asked, [SCOPES], 'scopes asked for');
    checkTools((await session.client.listTools()).tools, wanted.tools);
    wanted.checkRead(await session.call(wanted.read), wanted.read.name);
    const request = wanted.write('TypeScript');
    wanted.checkWrite(await session.call(request), request.name);
    equal(application.asked.length, 1, 'authorization requests');
  } finally {
    await session.client.close().catch(() => {});
  }
}

// The first challenge asked for coda:read alone; the write is answered 403 insufficient_scope, and the person consents to more.
// v1 answers that challenge with a refresh where it has a refresh token, gets the same scopes again and gives up; an
// application that wants step-up from it must not keep one.
export async function stepUp(sdk, { url, browser, clientInformation, session: wanted = usual }) {
  const application = new Application(browser, { clientInformation, keepRefreshToken: sdk !== v1 });
  const session = await connected(sdk, url, application);
  try {
    equal(application.asked, ['coda:read'], 'scopes asked for at first');
    checkTools((await session.client.listTools()).tools, wanted.tools);
    wanted.checkRead(await session.call(wanted.read), wanted.read.name);
    const request = wanted.write('step-up');
    const refused = await session.call(request).then(
      () => undefined,
      (e) => e,
    );
    check(refused instanceof sdk.unauthorized, `the write with coda:read alone should have sent the person away, but: ${refused?.message ?? 'it went through'}`);
    equal(new Set(application.asked.at(-1).split(' ')).isSupersetOf(new Set(SCOPES.split(' '))), true, `scopes of the step-up (${application.asked.at(-1)})`);
    await session.finish();
    wanted.checkWrite(await session.call(request), `${request.name} after the step-up`);
    equal(application.asked.length, 2, 'authorization requests');
  } finally {
    await session.client.close().catch(() => {});
  }
}

// Somebody who never gets the scope: sent away, perhaps more than once, and then told.
export async function told(sdk, { url, browser }) {
  const application = new Application(browser);
  const session = await connected(sdk, url, application);
  const seen = [];
  try {
    checkResult(await session.call(READ), READ.name);
    for (let i = 0; i < TOLD_WITHIN; i++) {
      try {
        const result = await session.call(write('bob'));
        if (toldInWords(result)) return;
        seen.push(JSON.stringify(result).slice(0, 200));
      } catch (e) {
        seen.push(e.message);
        if (e instanceof sdk.unauthorized) await session.finish();
        // v1 renews its token instead, within the same second, gives up, and is told at the next call: nobody calls again so soon.
        else await new Promise((resolve) => setTimeout(resolve, 2100));
      }
    }
    throw new Error(`not told within ${TOLD_WITHIN} calls: ${seen.join(' | ')}`);
  } finally {
    await session.client.close().catch(() => {});
  }
}
