import { execFile } from 'node:child_process';
import { createServer as createProxy, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { selfSignedCertificate } from './certificates';
import { sendJson } from './loopback';
import type { PackedPackage } from './packedPackages';

/** Stands in for the public npm registry, for the processes that are started with its environment. */
export interface NpmRegistry {
  /** A proxy, what not to ask it for, and whom to trust: read by npm and by n8n itself. */
  readonly env: Readonly<Record<string, string>>;
  /** The last version of a name is its `latest`. */
  publish(...packages: readonly PackedPackage[]): void;
  /** What was asked for: `GET /name`, and the hosts that were refused: `CONNECT host:port`. */
  requests(): readonly string[];
  stop(): Promise<void>;
}

/**
 * HTTPS on a certificate of its own, behind a proxy that leads to it whoever asks for the registry, and refuses everybody else: nothing
 * reaches the internet. The way that n8n goes behind the proxy of a company.
 */
export async function startNpmRegistry(): Promise<NpmRegistry> {
  const host = await publicRegistry();
  const certificate = await selfSignedCertificate(`DNS:${host}`);
  const published = new Map<string, PackedPackage[]>();
  const requests: string[] = [];
  const [cert, key] = await Promise.all(
    [certificate.certPath, certificate.keyPath].map((path) => readFile(path)),
  );
  const registry = createServer({ cert, key }, (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer({ host, published }, request, response);
  });
  const sockets = new Set<Socket>();
  const proxy = createProxy((_request, response) => response.writeHead(405).end());
  proxy.on('connect', ({ url }: IncomingMessage, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    if (url === `${host}:443`) {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      registry.emit('connection', socket);
    } else {
      requests.push(`CONNECT ${url}`);
      socket.end('HTTP/1.1 502 Not Here\r\nConnection: close\r\n\r\n');
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;

  return {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      NO_PROXY: '127.0.0.1,localhost',
      NODE_EXTRA_CA_CERTS: certificate.certPath,
    },
    publish(...packages) {
      for (const one of packages) {
        const { name } = one.manifest;
        published.set(name, [...(published.get(name) ?? []), one]);
      }
    },
    requests: () => requests,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
      await certificate.remove();
    },
  };
}

/** What npm asks when nobody configured another: n8n installs from there unless its licence allows another. */
async function publicRegistry(): Promise<string> {
  // npm reads no file twice; these are not there.
  const nobodys = (whose: string) =>
    `--${whose}config=${join(tmpdir(), `agent-swarm-no-${whose}`)}`;
  const env = Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name));
  const { stdout } = await promisify(execFile)(
    'npm',
    ['config', 'get', 'registry', nobodys('user'), nobodys('global')],
    { cwd: tmpdir(), env: Object.fromEntries(env) },
  );
  return new URL(stdout.trim()).host;
}

interface Shelf {
  readonly host: string;
  readonly published: ReadonlyMap<string, readonly PackedPackage[]>;
}

/** `/name`, `/name/version or tag`, and the tarballs: `/name/-/version.tgz`. */
function answer(
  { host, published }: Shelf,
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
): void {
  const path = decodeURIComponent(new URL(url, `https://${host}`).pathname).slice(1);
  const [, name = '', rest] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.+))?$/.exec(path) ?? [];
  const versions = published.get(name) ?? [];
  const latest = versions.at(-1);
  const named = versions.find(({ manifest }) => manifest.version === rest);
  const packed = versions.find(({ manifest }) => `-/${manifest.version}.tgz` === rest);
  const one = named ?? (rest === 'latest' ? latest : undefined);
  if (latest && rest === undefined) {
    sendJson(response, 200, {
      name,
      'dist-tags': { latest: latest.manifest.version },
      versions: Object.fromEntries(
        versions.map((it) => [it.manifest.version, described(host, it)]),
      ),
    });
  } else if (packed) {
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(packed.tarball);
  } else if (one) {
    sendJson(response, 200, described(host, one));
  } else {
    sendJson(response, 404, { error: 'Not found' });
  }
}

function described(host: string, { manifest, integrity, shasum }: PackedPackage) {
  const { name, version } = manifest;
  const tarball = `https://${host}/${name}/-/${version}.tgz`;
  return { ...manifest, _id: `${name}@${version}`, dist: { tarball, integrity, shasum } };
}
