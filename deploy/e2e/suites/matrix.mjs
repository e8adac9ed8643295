// Each client with each provider, direct and through TLS.
import * as curl from '../clients/curl.mjs';
import * as go from '../clients/go.mjs';
import { inspector } from '../clients/inspector.mjs';
import * as mcpRemote from '../clients/mcp-remote.mjs';
import { sdks, stepUp, whole } from '../clients/typescript.mjs';
import { browser, settings, tokens } from '../world.mjs';

const v1 = sdks['TypeScript SDK 1.32.2'];
const v2 = sdks['TypeScript client 2.4.0, modern'];

// Clients that sign in with what the first challenge asks for: all scopes.
const ordinary = {
  curl: async (setting) => curl.whole({ ...setting, token: setting.token ? await setting.token() : (await tokens(setting.url)).access_token }),
  'Inspector CLI 2.12.0, legacy': inspector('legacy').whole,
  'Inspector CLI 2.12.0, modern': inspector('modern').whole,
  ...Object.fromEntries(Object.entries(sdks).map(([name, sdk]) => [name, (setting) => whole(sdk, setting)])),
  'mcp-remote 0.15.1': mcpRemote.whole,
  'Go SDK 1.8.0': go.whole,
};

// Clients that are first asked for coda:read alone and step up to write.
const steppingUp = {
  'TypeScript SDK 1.32.2, step-up': (setting) => stepUp(v1, setting),
  'TypeScript client 2.4.0, step-up': (setting) => stepUp(v2, setting),
  'Inspector CLI 2.12.0, step-up': inspector('modern').stepUp,
  'mcp-remote 0.15.1, step-up': mcpRemote.stepUp,
  'Go SDK 1.8.0, step-up': go.stepUp,
};

export const wanted = { clients: { rows: [...Object.keys(ordinary), ...Object.keys(steppingUp)], columns: Object.keys(settings) } };

export async function matrix(report, only) {
  for (const [column, setting] of Object.entries(settings)) {
    if (only && !column.includes(only)) continue;
    const provider = await setting.provider?.();
    const phases = [
      [ordinary, undefined],
      [steppingUp, ['coda:read']],
    ];
    for (const [clients, initial] of phases) {
      const gateway = await setting.gateway({ initial });
      for (const [row, client] of Object.entries(clients)) {
        const { clientInformation, ...common } = setting;
        await report.cell('clients', row, column, () => client({ ...common, browser: browser('ada'), ...(initial && clientInformation ? { clientInformation: { ...clientInformation } } : {}) }));
      }
      await gateway.stop();
    }
    await provider?.stop();
  }
}
