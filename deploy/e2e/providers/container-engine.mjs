// As much of a container engine as Traefik asks: which containers run, under which address, with which labels.
import { rmSync } from 'node:fs';
import http from 'node:http';

export async function containerEngine(socket, service, addresses, labels) {
  const containers = {};
  for (const [i, address] of addresses.entries()) {
    const id = `${service}-${i + 1}`.padEnd(64, '0');
    containers[id] = {
      Id: id,
      Name: `/${service}-${i + 1}`,
      State: { Status: 'running', Running: true },
      Config: { Labels: { ...labels, 'com.docker.compose.project': 'suite', 'com.docker.compose.service': service } },
      HostConfig: { NetworkMode: 'suite' },
      NetworkSettings: { Networks: { suite: { IPAddress: address, NetworkID: 'suite', GlobalIPv6Address: '' } }, Ports: {} },
    };
  }
  const version = { Version: '28.0.0', ApiVersion: '1.48', MinAPIVersion: '1.24', Os: 'linux', Arch: 'amd64' };
  const server = http.createServer((q, r) => {
    const path = q.url.replace(/^\/v[\d.]+/, '').replace(/\?.*/, '');
    const json = (value, status = 200) => {
      r.writeHead(status, { 'content-type': 'application/json', 'api-version': version.ApiVersion });
      r.end(JSON.stringify(value));
    };
    if (path === '/_ping') return json('OK');
    if (path === '/version') return json(version);
    if (path === '/containers/json') return json(Object.values(containers).map(({ Id, Name }) => ({ Id, Names: [Name], State: 'running' })));
    // Nothing ever happens here, and the stream stays open.
    if (path === '/events') return r.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    const found = containers[path.match(/^\/containers\/([^/]+)\/json$/)?.[1]];
    return found ? json(found) : json({ message: 'no such thing' }, 404);
  });
  rmSync(socket, { force: true });
  await new Promise((resolve) => server.listen(socket, resolve));
  return { close: () => (server.closeAllConnections(), server.close()) };
}
