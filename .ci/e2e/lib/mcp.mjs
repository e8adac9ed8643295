// One MCP request by hand, in the 2026-07-28 revision: for what the clients do not show, as a status or a header.
import { parseChallenge } from './oauth.mjs';

const VERSION = '2026-07-28';

export async function mcp(url, token, method, params = {}, { headers = {} } = {}) {
  const body = {
    jsonrpc: '2.0',
    id: 1,
    method,
    params: { ...params, _meta: { 'io.modelcontextprotocol/protocolVersion': VERSION, 'io.modelcontextprotocol/clientCapabilities': {}, ...params._meta } },
  };
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...(params.name ? { 'mcp-name': params.name } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: JSON.stringify(body),
  });
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
