// What every client has to manage with every provider: sign in, list the tools, read, write.
import { check, equal } from '../lib/report.mjs';

export const READ = { name: 'coda_find_docs', arguments: {} };
export const write = (who) => ({ name: 'coda_create_doc', arguments: { title: `From ${who} ${Date.now()}` } });

// The tools that are listed, and two calls, the second of which takes coda:write, with what their results have to be.
export const usual = { tools: ['coda_create_doc', 'coda_find_docs', 'coda_whoami'], read: READ, write, checkRead: checkResult, checkWrite: checkResult };
export const SCOPES = 'coda:read coda:write';

// Bob may read, and his provider never gives him coda:write. However often a client sends him away to sign in for it, he must
// be told in words which scope he lacks, within three calls.
export const TOLD_WITHIN = 3;

export function toldInWords(result) {
  const text = (result?.content ?? []).map((c) => c.text ?? '').join('\n');
  return Boolean(result?.isError) && text.includes('coda:write') && /administrator/.test(text);
}

export function checkTools(tools, wanted = usual.tools) {
  const names = tools.map((t) => t.name);
  const missing = wanted.filter((t) => !names.includes(t));
  equal(missing, [], `missing in tools/list (${names.join(', ')})`);
  const untitled = tools.filter((t) => !t.title || !t.inputSchema).map((t) => t.name);
  equal(untitled, [], 'tools without a title or schema');
}

export function checkResult(result, what) {
  const text = (result.content ?? []).map((c) => c.text ?? '').join('\n');
  check(!result.isError, `${what} answered an error: ${text.slice(0, 300)}`);
  check(text.length > 0 || result.structuredContent, `${what} answered nothing: ${JSON.stringify(result).slice(0, 300)}`);
}
