// One MCP request by hand, in the 2026-07-28 revision: for what the clients do not show, as a status or a header.
import { parseChallenge } from './oauth.mjs';

const VERSION = '2026-07-28';

// The request alone: its response is a fetch response.
export function send(url, token, method, params = {}, { headers = {}, signal } = {}) {
  const meta = { 'io.modelcontextprotocol/protocolVersion': VERSION, 'io.modelcontextprotocol/clientCapabilities': {}, ...params._meta };
  return fetch(url, {
    method: 'POST',
    redirect: 'error',
    signal,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...(params.name ? { 'mcp-name': params.name } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
  });
}

export async function mcp(url, token, method, params, options) {
  const response = await send(url, token, method, params, options);
  const text = await response.text();
  const header = response.headers.get('www-authenticate');
  const answer = text.startsWith('{') ? JSON.parse(text) : undefined;
  return { status: response.status, result: answer?.result, error: answer?.error, text, challenge: header ? parseChallenge(header) : undefined };
}

export function call(url, token, name, args = {}) {
  return mcp(url, token, 'tools/call', { name, arguments: args });
}

// The words of a tool's answer.
export function words(result) {
  return (result?.content ?? []).map((c) => c.text ?? '').join('\n');
}
