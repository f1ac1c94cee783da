import type { Findings } from './finding';

type Since = readonly [major: number, minor: number];

/** From it on quorum queues dead-letter at least once. */
const OLDEST: Since = [3, 10];

/** @param version of a broker, such as 4.0.5 */
export function isBefore(version: string, [major, minor]: Since): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
}

/** @param said what is told in any case */
export function brokerVersion(version: string, said: string, found: Findings): void {
  if (!isBefore(version, OLDEST)) found.add('ok', 'rabbitmq_version', said);
  else {
    const problem = `${said} Its quorum queues dead-letter at most once.`;
    const remedy = `Upgrade to ${OLDEST.join('.')} or newer.`;
    found.add('problem', 'rabbitmq_version', problem, { remedy });
  }
}
