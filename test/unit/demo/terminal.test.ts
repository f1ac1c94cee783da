import { byReason, reasonsOff } from '../../../scripts/demo/figures';
import { Progress } from '../../../scripts/demo/progress';
import { POISON } from '../../../scripts/demo/references';
import { formatTable, isWrong } from '../../../scripts/demo/table';

describe('the progress of the demo', () => {
  const screen = (isTTY: boolean, columns = 20) => {
    const written: string[] = [];
    return { isTTY, columns, written, write: (text: string) => written.push(text) > 0 };
  };

  it('rewrites one line on a terminal and keeps the last', () => {
    const out = screen(true);
    const progress = new Progress(out);
    progress.show('one');
    progress.show('one');
    progress.show('two, which is far longer than the terminal');
    progress.end('done');
    expect(out.written).toEqual([
      '\r\x1b[2Kone',
      '\r\x1b[2Ktwo, which is far l',
      '\r\x1b[2Kdone\n',
    ]);
  });

  it('writes a line every few seconds elsewhere, and none that says nothing new', () => {
    const out = screen(false);
    let now = 0;
    const progress = new Progress(out, () => now);
    progress.show('one');
    now = 2_000;
    progress.show('two');
    now = 3_000;
    progress.show('one');
    progress.show('three');
    progress.end('three');
    progress.end('four');
    expect(out.written).toEqual(['one\n', 'three\n', 'four\n']);
  });
});

describe('the table of the demo', () => {
  it('says of a wrong figure what it must be', () => {
    const figures = [
      { name: 'runs', value: 3, expected: 4 },
      {
        name: 'dead letters',
        value: 1,
        expected: 1,
        details: ['1 not_json: the body is not JSON'],
      },
      { name: 'letters', value: 1, expected: 1, wrong: 'other reasons' },
      { name: 'seconds', value: 2.5 },
    ];
    expect(figures.map(isWrong)).toEqual([true, false, true, false]);
    expect(formatTable(figures).split('\n')).toEqual([
      '  runs                 3   WRONG: must be 4',
      '  dead letters         1',
      '    1 not_json: the body is not JSON',
      '  letters              1   WRONG: other reasons',
      '  seconds            2.5',
    ]);
  });

  it('counts dead letters of one kind in one line, and knows when their reasons are others', () => {
    const letters = POISON.map(({ reason }) => ({ reason, message: 'as it must be' }));
    expect(reasonsOff(letters)).toBeUndefined();
    const failed = { reason: 'run_failed', message: 'no answer' };
    expect(reasonsOff([...letters.slice(1), failed])).toMatch(
      /^the reasons must be deadline_passed/,
    );
    expect(byReason([failed, failed])).toEqual(['2 run_failed: no answer']);
  });
});
