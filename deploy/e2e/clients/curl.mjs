// curl, with a token at hand: the four refusals and answers that a person looks at first.
import { check, equal } from '../lib/report.mjs';
import { run } from '../lib/processes.mjs';
import { checkTools, usual } from './session.mjs';

async function post(url, body, headers = []) {
  const args = ['--silent', '--show-error', '--max-time', '20', '--write-out', '\n%{http_code}', url, '--data-binary', '@-'];
  for (const h of ['Content-Type: application/json', 'Accept: application/json, text/event-stream', ...headers]) args.push('--header', h);
  const { code, stdout, stderr } = await run('curl', args, { input: JSON.stringify(body) });
  check(code === 0, `curl ended with ${code}: ${stderr}`);
  const at = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(at + 1)), body: JSON.parse(stdout.slice(0, at)) };
}

export async function whole({ url, token, session = usual }) {
  const bearer = [`Authorization: Bearer ${token}`];
  const call = async (method, params) => {
    const answer = await post(url, { jsonrpc: '2.0', id: 1, method, params }, bearer);
    equal(answer.status, 200, `status of ${method} (${JSON.stringify(answer.body).slice(0, 300)})`);
    check(answer.body.result, `${method} answered ${JSON.stringify(answer.body).slice(0, 300)}`);
    return answer.body.result;
  };
  equal((await post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list' })).status, 401, 'status without a token');
  equal((await post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list' }, ['Authorization: Bearer nonsense'])).status, 401, 'status with nonsense for a token');
  checkTools((await call('tools/list', {})).tools, session.tools);
  session.checkRead(await call('tools/call', session.read), session.read.name);
  const request = session.write('curl');
  session.checkWrite(await call('tools/call', request), request.name);
}
