import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { temporaryFolder } from './temporaryFolder';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');

export interface Manifest extends Record<string, unknown> {
  name: string;
  version: string;
}

/** What `npm pack` makes of a folder: the file that would be published. */
export interface PackedPackage {
  readonly manifest: Manifest;
  readonly tarball: Buffer;
  readonly integrity: string;
  readonly shasum: string;
}

interface PackReport {
  name: string;
  version: string;
  filename: string;
  integrity: string;
  shasum: string;
}

/** In the order of the folders. None of their scripts run. */
export async function pack(folders: readonly string[]): Promise<PackedPackage[]> {
  const target = await temporaryFolder('packed');
  try {
    const args = ['pack', '--json', '--ignore-scripts', `--pack-destination=${target.path}`];
    const { stdout } = await run('npm', [...args, ...folders], { cwd: target.path });
    const reports = JSON.parse(stdout) as PackReport[];
    return await Promise.all(
      folders.map(async (folder) => {
        const manifest = await manifestOf(folder);
        const report = reports.find(
          ({ name, version }) => name === manifest.name && version === manifest.version,
        );
        if (!report) throw new Error(`npm pack made nothing of ${folder}`);
        const { filename, integrity, shasum } = report;
        const tarball = await readFile(join(target.path, filename));
        return { manifest, tarball, integrity, shasum };
      }),
    );
  } finally {
    await target.remove();
  }
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The pack as it is built now. */
export async function packThePack(): Promise<PackedPackage> {
  const [packed] = await pack([ROOT]);
  return packed as PackedPackage;
}

/**
 * A later version of it, which differs in one text of one file, so that it shows which of the two is loaded.
 *
 * @param change file below the pack's folder, and what to put in place of what
 */
export async function packALaterVersion(
  version: string,
  change: { file: string; from: string; to: string },
): Promise<PackedPackage> {
  const copy = await temporaryFolder('later');
  try {
    const manifest = { ...(await manifestOf(ROOT)), version };
    await mkdir(join(copy.path, 'dist'));
    await cp(join(ROOT, 'dist'), join(copy.path, 'dist'), { recursive: true });
    await writeFile(join(copy.path, 'package.json'), JSON.stringify(manifest));
    const file = join(copy.path, change.file);
    const text = await readFile(file, 'utf8');
    if (!text.includes(change.from)) throw new Error(`${change.file} has no ${change.from}`);
    await writeFile(file, text.replaceAll(change.from, change.to));
    const [packed] = await pack([copy.path]);
    return packed as PackedPackage;
  } finally {
    await copy.remove();
  }
}
