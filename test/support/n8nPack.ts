import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';

interface PackageJson {
  name: string;
  dependencies?: Record<string, string>;
}

/** The folder of an installed package, found the way Node finds it from `from`. */
function installedAt(name: string, from: string): string {
  const { paths } = createRequire(join(from, 'package.json')).resolve as unknown as {
    paths(request: string): string[];
  };
  const manifest = (folder: string) => join(folder, name, 'package.json');
  for (const folder of paths(name)) {
    try {
      // Not `require.resolve(name)`: a package may export neither a main file nor its package.json.
      return dirname(createRequire(manifest(folder)).resolve(manifest(folder)));
    } catch {
      // Not in this folder; look further up.
    }
  }
  throw new Error(`${name} is not installed for ${from}: run npm ci`);
}

/**
 * Puts the pack where n8n looks for community nodes: package.json and dist copied, and of what is
 * installed beside it only its runtime dependencies, so that one it forgot to declare is missing.
 */
export async function installPack(packFolder: string, userFolder: string): Promise<string> {
  const manifest = join(packFolder, 'package.json');
  const { name, dependencies = {} } = JSON.parse(await readFile(manifest, 'utf8')) as PackageJson;
  const target = join(userFolder, '.n8n', 'nodes', 'node_modules', name);
  await mkdir(target, { recursive: true });
  await cp(manifest, join(target, 'package.json'));
  await cp(join(packFolder, 'dist'), join(target, 'dist'), { recursive: true, force: true }).catch(
    (cause: unknown) => {
      throw new Error(`${packFolder} has no dist folder: run npm run build`, { cause });
    },
  );
  for (const dependency of Object.keys(dependencies)) {
    const link = join(target, 'node_modules', ...dependency.split('/'));
    await mkdir(link.slice(0, link.lastIndexOf(sep)), { recursive: true });
    // A link: Node goes on from the real folder, where the dependency's own ones are found too.
    await symlink(installedAt(dependency, packFolder), link, 'dir').catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    });
  }
  return target;
}
