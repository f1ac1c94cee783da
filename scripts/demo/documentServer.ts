import { readFile } from 'node:fs/promises';
import type { RealDocument } from '../../test/support/documents';
import { listenOnLoopback, sendJson } from '../../test/support/loopback';
import type { ReferenceDraft } from './references';

export interface DocumentServer {
  addressOf(id: string): string;
  /** The list the dispatching workflow reads; `offer` says what is on it. */
  listUrl: string;
  offer(references: ReferenceDraft[]): void;
  stop(): Promise<void>;
}

/** Stands for the system that owns the documents: tasks carry only their addresses. */
export async function startDocumentServer(documents: RealDocument[]): Promise<DocumentServer> {
  const paths = new Map(documents.map(({ id, path }) => [id, path]));
  let references: ReferenceDraft[] = [];
  const server = await listenOnLoopback(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://documents');
    if (pathname === '/references') return sendJson(response, 200, { references });
    const id = /^\/documents\/(.+)$/.exec(pathname)?.[1];
    const path = paths.get(decodeURIComponent(id ?? ''));
    if (path === undefined) return sendJson(response, 404, { error: `No document ${id}` });
    response.writeHead(200, { 'content-type': 'text/markdown; charset=utf-8' });
    response.end(await readFile(path));
  });
  return {
    addressOf: (id) => `${server.url}/documents/${encodeURIComponent(id)}`,
    listUrl: `${server.url}/references`,
    offer: (offered) => (references = offered),
    stop: () => server.stop(),
  };
}
