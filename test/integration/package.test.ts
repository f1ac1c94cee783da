import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { temporaryFolder, type TemporaryFolder } from '../support/temporaryFolder';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const SOURCES = ['nodes', 'credentials', 'src', 'package.json', 'gulpfile.js'].concat(
  ['tsconfig.json', 'tsconfig.build.json'],
  ['README.md', 'LICENSE', 'CHANGELOG.md'],
);

jest.setTimeout(120_000);

/** What n8n finds: the class named like its file. */
interface Found {
  file: string;
  icon: string | { light: string; dark: string };
  name: string;
}

interface Manifest {
  name: string;
  main: string;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  n8n: { nodes: string[]; credentials: string[] };
}

/** What `npm pack` would make, in bytes. */
interface Packed {
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

const LOOK = `
const { n8n } = require('./package.json');
const { basename } = require('node:path');
const found = [...n8n.nodes, ...n8n.credentials].map((file) => {
  const made = new (require('./' + file)[basename(file).split('.')[0]])();
  const { name, icon } = made.description ?? made;
  return { file, name, icon };
});
console.log(JSON.stringify(found));
`;

describe('the package, built from its sources alone', () => {
  let folder: TemporaryFolder;
  let manifest: Manifest;
  let found: Found[];
  let packed: Packed;

  beforeAll(async () => {
    folder = await temporaryFolder('package');
    const here = (name: string) => join(folder.path, name);
    const present = SOURCES.filter((it) => existsSync(join(ROOT, it)));
    await Promise.all(present.map((it) => cp(join(ROOT, it), here(it), { recursive: true })));
    await symlink(join(ROOT, 'node_modules'), here('node_modules'));
    await run('npm', ['run', 'build'], { cwd: folder.path });
    manifest = JSON.parse(await readFile(here('package.json'), 'utf8')) as Manifest;
    const { stdout } = await run(process.execPath, ['-e', LOOK], { cwd: folder.path });
    found = JSON.parse(stdout) as Found[];
    const report = await run('npm', ['pack', '--dry-run', '--json'], { cwd: folder.path });
    [packed] = JSON.parse(report.stdout) as [Packed];
  });
  afterAll(() => folder?.remove());

  it('has every node and credential that its manifest names, each with its icons', async () => {
    const { nodes, credentials } = manifest.n8n;
    expect(found.map(({ file }) => file)).toEqual([...nodes, ...credentials]);
    for (const { file, icon } of found) {
      const icons = typeof icon === 'string' ? [icon] : [icon.light, icon.dark];
      for (const name of icons) {
        const path = join(folder.path, dirname(file), name.replace(/^file:/, ''));
        expect(await readFile(path, 'utf8')).toContain('<svg');
      }
    }
  });

  it('places every node in the panel', async () => {
    for (const { file, name } of found.filter((one) => one.file.endsWith('.node.js'))) {
      const codex = JSON.parse(await readFile(join(folder.path, `${file}on`), 'utf8')) as Record<
        string,
        unknown
      >;
      const isModel = name === 'rateLimitedChatModel';
      expect(codex).toMatchObject({
        node: `${manifest.name}.${name}`,
        // n8n drops a codex without resources, silently.
        resources: expect.any(Object),
        alias: expect.arrayContaining([
          'swarm',
          'rate limit',
          ...(isModel ? ['429', 'tokens per minute'] : ['rabbitmq', 'dead letter']),
        ]),
      });
      // The panel leaves what is in category AI out of its ordinary search, unless it is a root node; models stand there.
      expect(codex.categories).toEqual(isModel ? ['AI'] : expect.not.arrayContaining(['AI']));
    }
  });

  it('carries what is built, its papers, and nothing else', () => {
    const outside = packed.files
      .map(({ path }) => path)
      .filter((path) => !path.startsWith('dist/'));
    expect(outside.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
    // The engine is no library that others build on: without declarations the package is a quarter smaller.
    const strange = packed.files.filter(
      ({ path }) =>
        path.startsWith('dist/') && !/^dist\/(?!.*(\.test\.|\.d\.)).+\.(js|json|svg)$/.test(path),
    );
    expect(strange).toEqual([]);
    expect(packed.size).toBeLessThan(400_000);
    expect(packed.unpackedSize).toBeLessThan(1_500_000);
  });

  it('brings the program agent-swarm, which npx finds by the name of the package as well', async () => {
    const { bin } = manifest;
    expect(Object.keys(bin).sort()).toEqual(['agent-swarm', manifest.name]);
    for (const file of Object.values(bin)) {
      expect(await readFile(join(folder.path, file), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
      const { stdout } = await run(process.execPath, [file, '--help'], { cwd: folder.path });
      expect(stdout).toContain('Usage: agent-swarm');
    }
  });

  it('says of itself what n8n and npm look for, and has the file that it names as its main one', () => {
    expect(manifest).toMatchObject({
      name: expect.stringMatching(/^n8n-nodes-/),
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      license: 'MIT',
      author: { name: expect.any(String) },
      keywords: expect.arrayContaining(['n8n-community-node-package', 'rabbitmq', 'redis']),
      engines: { node: expect.stringMatching(/^>=\d/) },
      peerDependencies: { 'n8n-workflow': '*' },
      n8n: { n8nNodesApiVersion: 1 },
    });
    expect(packed.files.map(({ path }) => path)).toContain(manifest.main);
    // n8n installs without optional dependencies and takes bundled ones for its own.
    for (const no of ['optionalDependencies', 'bundleDependencies', 'bundledDependencies']) {
      expect(manifest).not.toHaveProperty(no);
    }
    // Exact: what was tested is what is installed.
    for (const version of Object.values(manifest.dependencies)) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it('has a README whose links lead somewhere', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const targets = [...readme.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)].map(
      ([, link, attribute]) => (link ?? attribute ?? '').replace(/#.*$/, ''),
    );
    const relative = targets.filter((target) => target !== '' && !/^[a-z]+:/.test(target));
    expect(relative).not.toEqual([]);
    expect(relative.filter((target) => !existsSync(join(ROOT, target)))).toEqual([]);
  });
});
