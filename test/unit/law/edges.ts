import type { Import, Source } from './sources';

/** Rooms that do the steps; each may use `contract`, `broker` and `store`. */
const STEP_ROOMS = [
  'dispatch',
  'payload',
  'admit',
  'budget',
  'run',
  'word',
  'settle',
  'group',
  'deadLetters',
  'observe',
  'scaling',
  'topology',
] as const;

const NAMED_EDGES: Readonly<Record<string, readonly string[]>> = {
  dispatch: ['payload'],
  admit: ['budget'],
  settle: ['budget', 'group', 'word'],
  word: ['group'],
  group: ['dispatch'],
  deadLetters: ['dispatch'],
  observe: ['budget', 'word'],
};

const BASE = ['contract', 'broker', 'store'];

/** What a room may import, beside itself. */
const ALLOWED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['contract', []],
  ['broker', ['contract']],
  ['store', ['contract']],
  // Nobody imports it: src/index hands it to contract.
  ['telemetry', ['contract']],
  ...STEP_ROOMS.map((room): [string, string[]] => [room, [...BASE, ...(NAMED_EDGES[room] ?? [])]]),
  // They put the steps together: the path of a delivery, and the program for operators.
  ['consume', [...BASE, ...STEP_ROOMS]],
  ['cli', [...BASE, ...STEP_ROOMS, 'consume']],
]);

/** Packages that one room alone may touch. */
const OWNED: Readonly<Record<string, string>> = {
  amqplib: 'broker',
  ioredis: 'store',
  pg: 'payload',
  aws4: 'payload',
};

/** Packages by the start of their names. */
const OWNED_SCOPES: Readonly<Record<string, string>> = { '@opentelemetry': 'telemetry' };

const HOSTS = /^(n8n-workflow|n8n-core|n8n|n8n-nodes-base|@n8n\/.*)$/;

export function forbiddenImports(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    source.imports
      .map((one) => [one, problem(source.path, one)] as const)
      .filter(([, why]) => why !== undefined)
      .map(([{ target }, why]) => `${source.path} imports ${target}: ${why}`),
  );
}

function problem(from: string, one: Import): string | undefined {
  const [top, folder] = from.split('/') as [string, string];
  if (top === 'src') return one.isPackage ? packageInSrc(from, one.target) : edgeInSrc(from, one);
  if (top === 'nodes') return inForms(one, [`nodes/${folder}/`, 'nodes/shared/']);
  return inForms(one, ['credentials/']);
}

function packageInSrc(from: string, name: string): string | undefined {
  if (HOSTS.test(name)) return 'the engine knows nothing of n8n';
  const [scope = ''] = name.split('/');
  const owner = OWNED[name] ?? OWNED_SCOPES[scope];
  return owner === undefined || roomOf(from) === owner ? undefined : `only src/${owner} may`;
}

function edgeInSrc(from: string, { target }: Import): string | undefined {
  if (!target.startsWith('src/')) return 'the engine imports nothing outside of src';
  const [room, other] = [roomOf(from), roomOf(target)];
  if (room === other || room === 'index') return undefined;
  if (other === 'index') return 'src/index is for those outside';
  const allowed = ALLOWED.get(room);
  if (!allowed) return `src/${room} is no room that the law knows`;
  return allowed.includes(other) ? undefined : `${room} may not use ${other}`;
}

/** Forms: their own folder, what forms share, the engine's face, n8n's types and errors. */
function inForms({ target, isPackage }: Import, folders: readonly string[]): string | undefined {
  if (isPackage) {
    return target === 'n8n-workflow' || target === 'node'
      ? undefined
      : 'forms use the engine alone';
  }
  if (target === 'src/index.ts' || folders.some((folder) => target.startsWith(folder))) {
    return undefined;
  }
  return 'only src/index, nodes/shared and the own folder';
}

function roomOf(path: string): string {
  const [, room = ''] = path.split('/');
  return room.replace(/\.ts$/, '');
}

/** Loops of imports, each told once: `a -> b -> a`. Imports of types count, because a person reads them, too. */
export function cycles(sources: readonly Source[]): string[] {
  const edges = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.filter(({ isPackage }) => !isPackage).map(({ target }) => target),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) {
      found.push([...trail.slice(seenAt), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return found;
}
