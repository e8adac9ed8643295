// Puts a bearer token on every request that has none: the conformance suite cannot sign in, and the gateway's
// authentication stays on. Everything else, the Host header included, goes through untouched and unbuffered.
import http from 'node:http';

export function bearerProxy(port, upstream, token) {
  const { hostname, port: upstreamPort } = new URL(upstream);
  const server = http.createServer((request, response) => {
    const headers = { authorization: `Bearer ${token}`, ...request.headers };
    const forward = http.request({ host: hostname, port: upstreamPort, method: request.method, path: request.url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
    });
    forward.on('error', () => response.destroy());
    response.on('close', () => forward.destroy());
    request.pipe(forward);
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}
