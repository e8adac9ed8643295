// What somebody does who has a Keycloak realm and a Coda token, and nothing else yet: the commands of the README. The
// table tells how long they take.
import { readFileSync } from 'node:fs';
import { call } from '../lib/mcp.mjs';
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { gateway, initFlags, PASSWORD, PUBLIC_URL, upstream } from '../world.mjs';

const REALM = 'https://id.example.com/realms/company';
const row = 'init, check, serve, sign-in, tool call';
const gatewayProgram = `${process.env.E2E_BIN}/coda-gateway`;
export const wanted = { 'From nothing': { rows: [row], columns: ['Keycloak'] } };

export async function fromNothing(report, server) {
  await report.cell('From nothing', row, 'Keycloak', async () => {
    const began = performance.now();
    const file = `${process.env.E2E_STATE}/from-nothing.yaml`;
    const made = await run(gatewayProgram, ['init', '--out', file, '--public-url', PUBLIC_URL, '--provider', 'keycloak', '--issuer', REALM, ...initFlags()]);
    equal(made.code, 0, `init: ${made.stderr}`);
    check(made.stdout.includes(`Included Custom Audience = ${PUBLIC_URL}`), `init does not say what to set:\n${made.stdout}`);
    const checked = await run(gatewayProgram, ['check', '--config', file, '--online']);
    equal(checked.code, 0, `check: ${checked.stderr}\n${checked.stdout.slice(-2000)}`);
    const gate = await gateway(`${readFileSync(file, 'utf8')}listen: ${upstream}\n`);
    try {
      const clients = () => server.admin.send('GET', '/company/clients?max=1000').then((all) => all.map((c) => c.name ?? c.clientId));
      const before = await clients();
      const env = { BROWSER: `${process.execPath} ${new URL('../lib/visit.mjs', import.meta.url).pathname}`, E2E_USER: 'ada', E2E_PASSWORD: PASSWORD };
      const signedIn = await run(gatewayProgram, ['token', '--config', file, '--sign-in', '--print'], { env });
      equal(signedIn.code, 0, `token --sign-in: ${signedIn.stderr}`);
      check(signedIn.stderr.includes('The gateway accepts this token.'), `the token is not explained:\n${signedIn.stderr}`);
      check(!signedIn.stderr.includes('Note:'), `something was left behind:\n${signedIn.stderr}`);
      equal((await clients()).length, before.length, 'clients in the realm');
      const answer = await call(PUBLIC_URL, signedIn.stdout.trim(), 'coda_find_docs');
      equal([answer.status, answer.result?.isError ?? false], [200, false], `a call (${answer.text.slice(0, 300)})`);
      console.log(`     from init to the first tool call: ${((performance.now() - began) / 1000).toFixed(1)} s, with Keycloak running`);
    } finally {
      await gate.stop();
    }
  });
}
