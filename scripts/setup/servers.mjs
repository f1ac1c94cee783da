import { aptInstall, canUseApt } from './apt.mjs';
import { folderOf, SERVERS } from './places.mjs';

const missingOf = (names) => names.map((name) => SERVERS[name]).filter((it) => !folderOf(it));

export function serversNotice(names) {
  const missing = missingOf(names).filter(({ variable }) => !process.env[variable]);
  if (missing.length === 0 || !canUseApt()) return undefined;
  return `${missing.map(({ apt }) => apt).join(', ')}: by apt, not started`;
}

/** Finds the programs of these servers, installs what is missing where that can be done; gives variables. */
export async function servers(names) {
  const missing = missingOf(names);
  const misnamed = missing.find(({ variable }) => process.env[variable]);
  if (misnamed) {
    const { variable, programs } = misnamed;
    throw new Error(`There is no ${programs.join(' or ')} in ${variable}=${process.env[variable]}`);
  }
  if (missing.length > 0 && canUseApt()) await aptInstall(missing.map(({ apt }) => apt));
  const still = missingOf(names);
  if (still.length > 0) {
    const titles = still.map(({ title }) => title).join(', ');
    const variables = still.map(({ variable }) => variable).join(', ');
    throw new Error(`Install ${titles}, on the PATH or named by its folder in ${variables}.`);
  }
  return Object.fromEntries(names.map((name) => [SERVERS[name].variable, folderOf(SERVERS[name])]));
}
