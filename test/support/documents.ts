import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Real text that every clone has: the readme files of the installed npm packages. */
export interface RealDocument {
  /** The package's name, fit for a URL path. */
  id: string;
  /** Absolute. */
  path: string;
  /** The first heading, else the package's name. */
  title: string;
  bytes: number;
}

export interface DocumentOptions {
  /** Where `node_modules` is; this repository by default. */
  root?: string;
  /** At most so many, the first by id; all by default. */
  limit?: number;
  /** Shorter ones are stubs and badges, not documents. */
  smallestBytes?: number;
  /** Longer ones would make a demo about one document. */
  largestBytes?: number;
}

const REPOSITORY = resolve(__dirname, '../..');

/**
 * Sorted by id in code point order, so that two machines with the same lock file see the same list
 * whatever their file system and locale.
 */
export function findDocuments(options: DocumentOptions = {}): RealDocument[] {
  const { root = REPOSITORY, limit = Infinity } = options;
  const { smallestBytes = 400, largestBytes = 60_000 } = options;
  const found: RealDocument[] = [];
  for (const name of packagesIn(join(root, 'node_modules'))) {
    const folder = join(root, 'node_modules', name);
    for (const file of markdownIn(folder)) {
      const path = join(folder, file);
      const bytes = statSync(path).size;
      if (bytes < smallestBytes || bytes > largestBytes) continue;
      found.push({ id: idOf(name), path, title: titleOf(path) ?? name, bytes });
    }
  }
  found.sort((a, b) => (a.id < b.id ? -1 : 1));
  return found.slice(0, limit);
}

function packagesIn(modules: string): string[] {
  return readdirSync(modules).flatMap((name) => {
    if (name.startsWith('.')) return [];
    if (!name.startsWith('@')) return [name];
    return readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`);
  });
}

function markdownIn(folder: string): string[] {
  if (!statSync(folder).isDirectory()) return [];
  const names = readdirSync(folder, { withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && /^readme\.md$/i.test(entry.name))
    .map((entry) => entry.name);
}

function idOf(name: string): string {
  return name.replace(/^@/, '').replace('/', '__');
}

function titleOf(path: string): string | undefined {
  const heading = /^#{1,2}\s+(.+?)\s*#*$/m.exec(readFileSync(path, 'utf8'))?.[1];
  const plain = heading
    ?.replace(/!\[[^\]]*\](\([^)]*\)|\[[^\]]*\])/g, '')
    .replace(/\[([^\]]*)\]\[[^\]]*\]/g, '$1')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<[^>]+>|[`*]/g, '')
    .trim();
  return plain || undefined;
}
