export interface Figure {
  name: string;
  value: string | number;
  /** What it must be; absent: nothing is demanded. */
  expected?: string | number;
  /** Wrong in another way than by its value. */
  wrong?: string;
  /** More about it, in the lines below. */
  details?: string[];
}

export const isWrong = (figure: Figure): boolean => complaint(figure) !== undefined;

function complaint({ value, expected, wrong }: Figure): string | undefined {
  return expected !== undefined && value !== expected ? `must be ${expected}` : wrong;
}

export function formatTable(figures: Figure[]): string {
  const widest = Math.max(...figures.map(({ name }) => name.length));
  const lines = figures.flatMap((figure) => {
    const { name, value, details = [] } = figure;
    const wrong = complaint(figure);
    return [
      `  ${name.padEnd(widest)}  ${String(value).padStart(8)}${wrong ? `   WRONG: ${wrong}` : ''}`,
      ...details.map((detail) => `    ${detail}`),
    ];
  });
  return lines.join('\n');
}
