import type { Standing } from '../../broker/standing';
import type { Difference } from '../../topology/difference';
import type { Finding } from '../doctor/finding';

export interface Plan {
  readonly differences: readonly Difference[];
  /** What of the file would break a promise. */
  readonly findings: readonly Finding[];
}

const SIGNS: Readonly<Record<Difference['change'], string>> = {
  ...{ create: '+', change: '~', conflict: '!', extra: '-' },
};
const WORDS: Readonly<Record<Difference['change'], string>> = {
  create: 'to create',
  change: 'to change',
  conflict: 'that cannot be changed',
  extra: 'not in the file',
};

/** For a person: each difference with a sign, its cause and its remedy. */
export function tellPlan(
  { differences, findings }: Plan,
  { version, cluster }: Pick<Standing, 'version' | 'cluster'>,
): string {
  const lines = [
    `RabbitMQ ${version}, cluster ${cluster}`,
    ...differences.flatMap((one) => [
      `${SIGNS[one.change]} ${one.kind} ${one.name}${one.said === undefined ? '' : `: ${one.said}`}`,
      ...(one.said === undefined ? [] : [`    -> ${one.remedy}`]),
    ]),
    ...findings.flatMap(({ level, said, remedy }) => [
      `${level}: ${said}`,
      ...(remedy === undefined ? [] : [`    -> ${remedy}`]),
    ]),
  ];
  const counts = Object.entries(WORDS).flatMap(([change, word]) => {
    const count = differences.filter((one) => one.change === change).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  const sum = counts.length === 0 ? 'Everything is as the file says.' : `${counts.join(', ')}.`;
  return `${[...lines, sum].join('\n')}\n`;
}
