import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { withLock } from './cache.mjs';
import { cleanedUp } from './cleanUp.mjs';
import { hasProgram } from './places.mjs';
import { run } from './run.mjs';
import { step } from './say.mjs';

const POLICY = '/usr/sbin/policy-rc.d';

/** Root on Debian, Ubuntu and their kin. */
export const canUseApt = () => process.getuid?.() === 0 && hasProgram('apt-get');

/**
 * Packages of servers start them at once, on default ports, unless this file says no (exit 101). What
 * stood there before stands there again afterwards, also when the installation fails or is broken off.
 */
export async function withoutServiceStarts(act, policy = POLICY) {
  const saved = `${policy}.agent-swarm-saved`;
  // One that is saved already is from a run that was killed: it is the original, what stands there is ours.
  if (existsSync(policy) && !existsSync(saved)) renameSync(policy, saved);
  const restore = () => {
    rmSync(policy, { force: true });
    if (existsSync(saved)) renameSync(saved, policy);
  };
  return await cleanedUp(async () => {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n');
    chmodSync(policy, 0o755);
    return await act();
  }, restore);
}

const WAIT_FOR_OTHERS = ['-o', 'DPkg::Lock::Timeout=300'];

export async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => run('apt-get', [...WAIT_FOR_OTHERS, '-y', ...args], { env });
  await withLock('apt', () =>
    withoutServiceStarts(() =>
      step(`Installing ${packages.join(', ')} by apt, not started`, async () => {
        await apt('update');
        await apt('install', '--no-install-recommends', ...packages);
      }),
    ),
  );
}
