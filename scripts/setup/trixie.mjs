import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptInstall, canUseApt } from './apt.mjs';
import { cacheFolder, installedOnce } from './cache.mjs';
import { hasProgram } from './places.mjs';
import { run } from './run.mjs';
import { step } from './say.mjs';

const RELEASE = 'trixie';
const PACKAGES = ['rabbitmq-server', 'valkey-server'];
const NAME = [RELEASE, ...PACKAGES].join('-');
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Where its servers are, seen from inside. */
const PROGRAMS = {
  AGENT_SWARM_RABBITMQ_BIN: '/usr/lib/rabbitmq/bin',
  AGENT_SWARM_REDIS_BIN: '/usr/bin',
};

export const trixieNotice = () =>
  existsSync(join(cacheFolder(), NAME))
    ? undefined
    : `Debian ${RELEASE} with its RabbitMQ and Valkey: 500 MB under ${cacheFolder()}, about a minute`;

/** The mirror that this machine has its own Debian from, or none: debootstrap knows one. */
function mirror() {
  const format = '$(ORIGIN) $(CODENAME) $(REPO_URI)';
  const args = ['indextargets', '--format', format, 'Created-By: Packages'];
  const targets = execFileSync('apt-get', args, { encoding: 'utf8' });
  return /^Debian [a-z]+ (\S+)$/m.exec(targets)?.slice(1) ?? [];
}

/** A folder of the cache that holds Debian trixie and its servers: for who may chroot, on Debian or Ubuntu. */
async function trixieFolder() {
  if (!canUseApt()) {
    throw new Error(
      `RabbitMQ 4.0 and Valkey 8 are taken from Debian ${RELEASE} in a folder of its own, ` +
        'which takes root on Debian or Ubuntu: run this as root there, or in a container.',
    );
  }
  const missing = [
    ...(hasProgram('debootstrap') ? [] : ['debootstrap']),
    ...(existsSync(KEYRING) ? [] : ['debian-archive-keyring']),
  ];
  if (missing.length > 0) await aptInstall(missing);
  return await installedOnce(NAME, (folder) =>
    step(`Installing Debian ${RELEASE} with ${PACKAGES.join(' and ')} into a folder`, async () => {
      await chmod(folder, 0o755);
      // What debootstrap mounts is gone with it, also when it is broken off.
      await run('unshare', [
        ...['--mount', 'debootstrap', '--variant=minbase', `--include=${PACKAGES.join(',')}`],
        ...[`--keyring=${KEYRING}`, RELEASE, folder, ...mirror()],
      ]);
    }),
  );
}

/** Binds what servers inside need onto `$1`, the root, and becomes the command. */
const ENTER = `
  root=$1; temporary=$2; shift 2
  mount --bind "$temporary" "$root$temporary" &&
  mount --bind /proc "$root/proc" && mount --bind /dev "$root/dev" && exec "$@"`;

/**
 * For tests whose servers are those of Debian trixie. The temporary folder is the same inside and outside, so that a path means
 * the same to a server and to a test. It is mounted for the command alone, and gone with it.
 */
export async function trixie() {
  const root = await trixieFolder();
  await mkdir(join(root, tmpdir()), { recursive: true });
  return {
    env: { AGENT_SWARM_SERVERS_ROOT: root, ...PROGRAMS },
    enter: (command) => [
      ...['unshare', '--mount', 'sh', '-c', ENTER, 'sh', root, tmpdir()],
      ...command,
    ],
  };
}
