export interface Figure {
  name: string;
  value: string | number;
  /** What it must be; absent: nothing is demanded. */
  expected?: string | number;
  /** More about it, in the lines below. */
  details?: string[];
}

export const isWrong = ({ value, expected }: Figure): boolean =>
  expected !== undefined && value !== expected;

export function formatTable(figures: Figure[]): string {
  const widest = Math.max(...figures.map(({ name }) => name.length));
  const lines = figures.flatMap((figure) => {
    const { name, value, expected, details = [] } = figure;
    const wrong = isWrong(figure) ? `   WRONG: must be ${expected}` : '';
    return [
      `  ${name.padEnd(widest)}  ${String(value).padStart(7)}${wrong}`,
      ...details.map((detail) => `  ${' '.repeat(widest)}    ${detail}`),
    ];
  });
  return lines.join('\n');
}
