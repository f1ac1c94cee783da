export interface Bar {
  readonly label: string;
  readonly value: number;
  /** This pack's; drawn in its colour. */
  readonly own?: boolean;
}

const WIDTH = 720;
const LABELS = 220;
const FIGURES = 90;
const ROW = 30;
const THICK = 18;
const TITLE = 34;
const COLOURS = { own: '#e8a33d', other: '#8a8aa8', text: '#7d7d8c' };
const FONT = 'font-family="system-ui, sans-serif" font-size="14"';

/** Horizontal bars as SVG that reads on a light and on a dark page. The longest bar fills the width; values keep their own digits. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const scale = (WIDTH - LABELS - FIGURES) / most;
  const rows = bars.map(({ label, value, own }, index) => {
    const top = TITLE + index * ROW;
    const length = Math.max(1, Math.round(value * scale));
    const base = top + THICK - 4;
    return [
      `<text x="${LABELS - 10}" y="${base}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${LABELS}" y="${top}" width="${length}" height="${THICK}" rx="3" fill="${own ? COLOURS.own : COLOURS.other}"/>`,
      `<text x="${LABELS + length + 8}" y="${base}">${value.toLocaleString('en')}</text>`,
    ].join('');
  });
  const height = TITLE + bars.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}" ${FONT} fill="${COLOURS.text}"><text x="0" y="18" font-weight="600">${escaped(title)}</text>${rows.join('')}</svg>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
