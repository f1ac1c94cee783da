import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

interface Locked {
  version?: string;
  license?: string;
  dev?: boolean;
  devOptional?: boolean;
  peer?: boolean;
  hasInstallScript?: boolean;
}

export interface RuntimePackage {
  readonly name: string;
  readonly version: string;
  /** SPDX, as the package states it. */
  readonly licence: string;
  /** Where it is installed. */
  readonly folder: string;
  /** It wants to run something when it is installed, which n8n does not let it. */
  readonly hasInstallScript: boolean;
}

/**
 * Every package that comes with the pack, those of its dependencies included, sorted by name. Once, also where this checkout holds several
 * copies because packages for development ask for another version.
 */
export function runtimePackages(): RuntimePackage[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const all = Object.entries(packages)
    .filter(([path, { dev, devOptional, peer }]) => path && !dev && !devOptional && !peer)
    .map(([path, { version = '', license = 'not stated', hasInstallScript = false }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license,
      folder: join(ROOT, path),
      hasInstallScript,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...new Map(all.map((each) => [`${each.name}@${each.version}`, each])).values()];
}
