import { aptInstall, canUseApt } from './apt.mjs';
import { folderOf, PROGRAMS } from './places.mjs';

const missingOf = (names) => names.map((name) => PROGRAMS[name]).filter((it) => !folderOf(it));

export function programsNotice(names) {
  const missing = missingOf(names).filter(({ variable }) => !process.env[variable]);
  if (missing.length === 0 || !canUseApt()) return undefined;
  return `${missing.map(({ apt }) => apt).join(', ')}: by apt, not started`;
}

/** Finds these programs, installs what is missing where that can be done; gives variables. */
export async function programs(names) {
  const missing = missingOf(names);
  const misnamed = missing.find(({ variable }) => process.env[variable]);
  if (misnamed) {
    const { variable, files } = misnamed;
    throw new Error(`There is no ${files.join(' or ')} in ${variable}=${process.env[variable]}`);
  }
  if (missing.length > 0 && canUseApt()) await aptInstall(missing.map(({ apt }) => apt));
  const still = missingOf(names);
  if (still.length > 0) {
    const titles = still.map(({ title }) => title).join(', ');
    const variables = still.map(({ variable }) => variable).join(', ');
    throw new Error(`Install ${titles}, on the PATH or named by its folder in ${variables}.`);
  }
  return Object.fromEntries(
    names.map((name) => [PROGRAMS[name].variable, folderOf(PROGRAMS[name])]),
  );
}
